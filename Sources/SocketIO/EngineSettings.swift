/// What the server promises in the open packet; an object, because every session refers to it.
package final class EngineSettings: Sendable {
    /// Milliseconds from a pong to the next ping.
    package let pingInterval: Int64
    /// Milliseconds from a ping to its pong.
    package let pingTimeout: Int64
    /// Bytes of one POST or WebSocket message.
    package let maxPayload: Int
    /// Bytes that may be queued for a session between two polls.
    package let queueBytes: Int
    /// Milliseconds after which a session ends unless `EngineServer.keep` was called; nil where every session is kept.
    package let keepTimeout: Int64?

    package init(
        pingInterval: Int64, pingTimeout: Int64, maxPayload: Int, queueBytes: Int, keepTimeout: Int64? = nil
    ) {
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.maxPayload = maxPayload
        self.queueBytes = queueBytes
        self.keepTimeout = keepTimeout
    }

    /// The first packet of a session.
    /// - Parameter sid: characters that JSON does not escape.
    func openPacket(sid: String, canUpgrade: Bool) -> EnginePacket {
        let upgrades = canUpgrade ? #"["websocket"]"# : "[]"
        let json =
            #"{"sid":"\#(sid)","upgrades":\#(upgrades),"pingInterval":\#(pingInterval),"#
            + #""pingTimeout":\#(pingTimeout),"maxPayload":\#(maxPayload)}"#
        return EnginePacket(.open, Array(json.utf8))
    }
}
