/// The limits of the SocketIO room, each with its unit and reason.
package enum SocketIOLimits {
    /// Packets in one response to a poll: python-engineio ends the session above this number.
    package static let packetsOfPayload = 16
    /// Packets that one POST may hold. The JS client flushes its whole buffer into one.
    package static let packetsOfPost = 1_024
    /// Milliseconds from the request of a second transport to its last packet, as in the reference implementation.
    package static let upgradeMilliseconds: Int64 = 10_000
    /// Milliseconds that a poll waits while an upgrade is under way. The client does not finish it while it polls.
    package static let upgradePollMilliseconds: Int64 = 100
    /// Milliseconds that a session whose end is decided waits for a poll to say so.
    package static let closingMilliseconds: Int64 = 30_000
    /// Attachments of one packet, as in the reference parser.
    package static let attachments = 10
    /// Bytes of a namespace's name.
    package static let namespaceBytes = 64
    /// Digits of an acknowledgement's number: it fits into a JavaScript integer.
    package static let acknowledgementDigits = 15
}
