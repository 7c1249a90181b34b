internal import DequeModule

/// What only a session has that was opened by a request. Most are opened by a WebSocket, and an idle one is small.
final class EnginePolling {
    /// What requests name the session by.
    let sid: String
    /// The GET that waits for a packet.
    var poll: CarrierID?
    /// What waits for a poll.
    var queue = Deque<EnginePacket>()
    var queuedBytes = 0
    /// When an upgrade or a decided end is given up.
    var phaseDue = Int64.max
    /// When the waiting poll is released for an upgrade.
    var releaseDue = Int64.max

    init(sid: String) { self.sid = sid }

    func enqueue(_ packet: EnginePacket) {
        queue.append(packet)
        queuedBytes += packet.payloadBytes
    }
}
