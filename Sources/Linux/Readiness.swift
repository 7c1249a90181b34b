// The results of polling, reading and writing a connection.

/// A connection's index in the poller: dense and reused. Valid until `remove`.
package typealias Slot = UInt32

/// The events of one connection.
package struct Readiness {
    package let slot: Slot
    package let readable: Bool
    package let writable: Bool
}

package enum ReadResult: Equatable {
    case bytes(Int)
    case wouldBlock
    /// The peer has ended its side, or the connection has failed.
    case ended
}

package enum WriteResult: Equatable {
    /// The number of bytes that were written: fewer than given, or none, where the socket's buffer is full.
    case bytes(Int)
    /// The connection has ended.
    case gone
}
