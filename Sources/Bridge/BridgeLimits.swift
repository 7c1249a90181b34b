/// The limits of the bridge, each with its unit and reason.
package enum BridgeLimits {
    /// Milliseconds in which a session must connect to a namespace, as in the reference implementation.
    package static let connectMilliseconds: Int64 = 45_000
    /// Commands of one session whose acknowledgements are due: more than its rate limit lets pass at once.
    static let awaitedAnswers = 256
    /// Packets of Socket.IO that a session may send without a command of the chat, each second in the long run, and at once: CONNECT,
    /// acknowledgements, events that the bridge refuses. The chat limits commands itself. Each `packetBytes` of a large packet count as
    /// one, and so do those of the arguments that a command has no use for: to check 64 KiB of JSON takes up to 50 ms.
    static let packetsPerSecond: Int64 = 20
    static let packetBurst: Int64 = 200
    static let packetBytes = 1_024
    /// Milliseconds from a pong to the next ping, and from a ping to its pong: the reference implementation's.
    package static let pingInterval: Int64 = 25_000
    package static let pingTimeout: Int64 = 20_000
}
