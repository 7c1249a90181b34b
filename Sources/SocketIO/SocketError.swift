/// The client broke the Socket.IO protocol; its session ends. Clients are not told why: the protocol has no place for it.
package struct SocketError: Error, Equatable, Sendable {
    /// One sentence, for the journal.
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
