// One session of Engine.IO 4: requests, WebSocket messages and time come in, outputs go out.

internal import DequeModule
package import HTTP

/// A connection that carries requests or frames of sessions, numbered by the caller. The low half is its place among those that there
/// are, which another connection gets after it.
package typealias CarrierID = UInt64

package struct EngineSession {
    package enum SessionOutput: Equatable, Sendable {
        case respond(CarrierID, HTTPResponse)
        /// A text message on a WebSocket.
        case sendText(CarrierID, [UInt8])
        case sendBinary(CarrierID, [UInt8])
        case closeWebSocket(CarrierID)
        /// From here on everything goes to this WebSocket.
        case upgraded(CarrierID)
        /// A message of the client.
        case message([UInt8], isBinary: Bool)
        /// The session is over; it is the last output.
        case ended(EndReason)
    }

    package enum EndReason: String, Sendable {
        case closedByClient, closedByServer, transportClosed, pingTimeout, protocolError, queueFull
    }

    enum EnginePhase: Equatable {
        case polling
        /// A WebSocket wants to take over. Until it does, polls go on.
        case upgrading(CarrierID, isProbed: Bool)
        case webSocket(CarrierID)
        /// The end is decided, and the next poll is told.
        case closing
        case ended
    }

    var phase: EnginePhase
    var awaitsPong = false
    /// The next ping, or the end of the wait for a pong.
    var heartbeatDue: Int64
    /// Nil in a session that was opened by a WebSocket.
    var polling: EnginePolling?

    /// Continues a session of another process.
    init(_ phase: EnginePhase, _ polling: EnginePolling?, heartbeatDue: Int64) {
        self.phase = phase
        self.polling = polling
        self.heartbeatDue = heartbeatDue
    }

    /// Opens a session with its first packet.
    /// - Parameters:
    ///   - sid: the secret that the client's requests will name; letters, digits, “-” and “_”.
    ///   - carrier: the GET that asked for it, or its WebSocket.
    package init(
        sid: String, _ transport: EngineTransport, carrier: CarrierID, settings: EngineSettings, at now: Int64,
        into outputs: inout [SessionOutput]
    ) {
        heartbeatDue = now + settings.pingInterval
        polling = transport == .polling ? EnginePolling(sid: sid) : nil
        let packet = settings.openPacket(sid: sid, canUpgrade: transport == .polling)
        switch transport {
        case .polling:
            phase = .polling
            outputs.append(.respond(carrier, EngineSession.response(to: [packet])))
        case .websocket:
            phase = .webSocket(carrier)
            outputs.append(.sendText(carrier, packet.text))
        }
    }

    package var isEnded: Bool { phase == .ended }
    /// Whether the end is decided, and the client does not know it.
    package var isClosing: Bool { phase == .closing }

    /// The WebSocket that carries the session; nil while it is polled.
    package var webSocket: CarrierID? {
        if case .webSocket(let carrier) = phase { carrier } else { nil }
    }

    /// Whether polls have fetched everything.
    package var isQueueEmpty: Bool { polling?.queue.isEmpty ?? true }

    /// When `tick` has something to do, in milliseconds on the clock of the inputs.
    package var nextDue: Int64 {
        polling.map { min(heartbeatDue, $0.phaseDue, $0.releaseDue) } ?? heartbeatDue
    }

    // MARK: polling

    /// A GET of the client.
    package mutating func poll(_ carrier: CarrierID, at now: Int64, into outputs: inout [SessionOutput]) {
        guard let polling = polled(for: carrier, into: &outputs) else { return }
        guard polling.poll == nil else {
            outputs.append(.respond(carrier, EngineError.badRequest.response))
            return end(.protocolError, into: &outputs)
        }
        polling.poll = carrier
        flush(into: &outputs)
        if polling.poll != nil, case .upgrading(_, isProbed: true) = phase {
            polling.releaseDue = now + SocketIOLimits.upgradePollMilliseconds
        }
    }

    /// A whole POST of the client.
    package mutating func post(
        _ carrier: CarrierID, _ body: [UInt8], _ settings: EngineSettings, at now: Int64,
        into outputs: inout [SessionOutput]
    ) {
        guard polled(for: carrier, into: &outputs) != nil else { return }
        let packets: [EnginePacket]
        do throws(EngineError) {
            packets = try EnginePayload.packets(of: body)
            for packet in packets where !EngineSession.isAllowed(packet.kind) { throw .malformed }
        } catch {
            outputs.append(.respond(carrier, error.response))
            return end(.protocolError, into: &outputs)
        }
        outputs.append(.respond(carrier, HTTPResponse(200, type: "text/html", body: Array("ok".utf8))))
        for packet in packets where phase != .ended { receive(packet, settings, at: now, into: &outputs) }
    }

    /// - Returns: nil where the session takes no requests now; then this one is answered.
    private func polled(for carrier: CarrierID, into outputs: inout [SessionOutput]) -> EnginePolling? {
        switch phase {
        case .webSocket: outputs.append(.respond(carrier, EngineError.badRequest.response))
        case .ended: outputs.append(.respond(carrier, EngineError.unknownSession.response))
        case .polling, .upgrading, .closing: return polling
        }
        return nil
    }

    // MARK: WebSocket

    /// A WebSocket that names this session was opened.
    package mutating func webSocketOpened(_ carrier: CarrierID, at now: Int64, into outputs: inout [SessionOutput]) {
        guard case .polling = phase, let polling else { return outputs.append(.closeWebSocket(carrier)) }
        phase = .upgrading(carrier, isProbed: false)
        polling.phaseDue = now + SocketIOLimits.upgradeMilliseconds
    }

    /// A message on a WebSocket that was opened for this session.
    /// - Parameter bytes: valid UTF-8 where it is text.
    package mutating func webSocketMessage(
        _ carrier: CarrierID, _ bytes: [UInt8], isBinary: Bool, _ settings: EngineSettings, at now: Int64,
        into outputs: inout [SessionOutput]
    ) {
        switch phase {
        case .webSocket(carrier):
            if isBinary { return outputs.append(.message(bytes, isBinary: true)) }
            guard let packet = try? EnginePacket(text: bytes), EngineSession.isAllowed(packet.kind) else {
                return end(.protocolError, into: &outputs)
            }
            receive(packet, settings, at: now, into: &outputs)
        case .upgrading(carrier, isProbed: false) where !isBinary && bytes.elementsEqual("2probe".utf8):
            phase = .upgrading(carrier, isProbed: true)
            outputs.append(.sendText(carrier, Array("3probe".utf8)))
            releasePoll(into: &outputs)
        case .upgrading(carrier, isProbed: true) where !isBinary && bytes.elementsEqual("5".utf8):
            releasePoll(into: &outputs)
            phase = .webSocket(carrier)
            polling?.phaseDue = .max
            for packet in polling?.queue ?? [] { write(packet, to: carrier, into: &outputs) }
            emptyQueue()
            outputs.append(.upgraded(carrier))
        case .upgrading(carrier, _): abandonUpgrade(into: &outputs)
        default: break
        }
    }

    /// A connection that carried something of this session is gone.
    package mutating func carrierClosed(_ carrier: CarrierID, into outputs: inout [SessionOutput]) {
        if let polling, polling.poll == carrier {
            polling.poll = nil
            return end(.transportClosed, into: &outputs)
        }
        switch phase {
        case .webSocket(carrier):
            // Nothing is left to close.
            phase = .polling
            end(.transportClosed, into: &outputs)
        case .upgrading(carrier, _): leaveUpgrade()
        default: break
        }
    }

    // MARK: the server's side

    package mutating func send(
        _ packet: EnginePacket, _ settings: EngineSettings, into outputs: inout [SessionOutput]
    ) {
        switch phase {
        case .webSocket(let carrier): write(packet, to: carrier, into: &outputs)
        case .closing, .ended: break
        case .polling, .upgrading:
            guard let polling, polling.queuedBytes + packet.payloadBytes <= settings.queueBytes else {
                return end(.queueFull, into: &outputs)
            }
            polling.enqueue(packet)
            flush(into: &outputs)
        }
    }

    /// Ends the session after what was sent before. A client without a poll learns it from its next one.
    package mutating func close(at now: Int64, into outputs: inout [SessionOutput]) {
        switch phase {
        case .webSocket: end(.closedByServer, into: &outputs)
        case .closing, .ended: break
        case .polling, .upgrading:
            abandonUpgrade(into: &outputs)
            phase = .closing
            heartbeatDue = .max
            polling?.phaseDue = now + SocketIOLimits.closingMilliseconds
            polling?.enqueue(EnginePacket(.close))
            flush(into: &outputs)
        }
    }

    /// Time has passed; to be called at `nextDue`.
    package mutating func tick(_ settings: EngineSettings, at now: Int64, into outputs: inout [SessionOutput]) {
        if let polling {
            if now >= polling.releaseDue { releasePoll(into: &outputs) }
            if now >= polling.phaseDue {
                if phase == .closing { return end(.closedByServer, into: &outputs) }
                abandonUpgrade(into: &outputs)
            }
        }
        guard now >= heartbeatDue else { return }
        guard !awaitsPong else { return end(.pingTimeout, into: &outputs) }
        awaitsPong = true
        // From when the ping was due, so that the sum that the client was told holds; a late ping leaves half of the time at least.
        heartbeatDue = max(heartbeatDue + settings.pingTimeout, now + settings.pingTimeout / 2)
        send(EnginePacket(.ping), settings, into: &outputs)
    }

    // MARK: inside

    /// What a client may send, outside of a probe.
    private static func isAllowed(_ kind: EnginePacketKind) -> Bool {
        switch kind {
        case .close, .pong, .message: true
        case .open, .ping, .upgrade, .noop: false
        }
    }

    private mutating func receive(
        _ packet: EnginePacket, _ settings: EngineSettings, at now: Int64, into outputs: inout [SessionOutput]
    ) {
        switch packet.kind {
        case .message: outputs.append(.message(packet.payload, isBinary: packet.isBinary))
        case .pong:
            awaitsPong = false
            heartbeatDue = now + settings.pingInterval
        case .close:
            releasePoll(into: &outputs)
            end(.closedByClient, into: &outputs)
        case .open, .ping, .upgrade, .noop: break
        }
    }

    private func write(_ packet: EnginePacket, to carrier: CarrierID, into outputs: inout [SessionOutput]) {
        outputs.append(packet.isBinary ? .sendBinary(carrier, packet.payload) : .sendText(carrier, packet.text))
    }

    /// Answers the waiting poll with what is queued.
    private mutating func flush(into outputs: inout [SessionOutput]) {
        guard let polling, let carrier = polling.poll, !polling.queue.isEmpty else { return }
        answerPoll(carrier, Array(polling.queue.prefix(SocketIOLimits.packetsOfPayload)), into: &outputs)
        for _ in 0..<min(polling.queue.count, SocketIOLimits.packetsOfPayload) {
            polling.queuedBytes -= polling.queue.removeFirst().payloadBytes
        }
        if phase == .closing, polling.queue.isEmpty { end(.closedByServer, into: &outputs) }
    }

    /// Answers the waiting poll though nothing is queued.
    func releasePoll(into outputs: inout [SessionOutput]) {
        polling?.releaseDue = .max
        guard let carrier = polling?.poll else { return }
        answerPoll(carrier, [EnginePacket(.noop)], into: &outputs)
    }

    private func answerPoll(
        _ carrier: CarrierID, _ packets: [EnginePacket], into outputs: inout [SessionOutput]
    ) {
        polling?.poll = nil
        polling?.releaseDue = .max
        outputs.append(.respond(carrier, EngineSession.response(to: packets)))
    }

    private static func response(to packets: [EnginePacket]) -> HTTPResponse {
        HTTPResponse(200, type: "text/plain; charset=UTF-8", body: EnginePayload.bytes(of: packets))
    }

    private mutating func abandonUpgrade(into outputs: inout [SessionOutput]) {
        guard case .upgrading(let carrier, _) = phase else { return }
        outputs.append(.closeWebSocket(carrier))
        leaveUpgrade()
    }

    private mutating func leaveUpgrade() {
        phase = .polling
        polling?.phaseDue = .max
        polling?.releaseDue = .max
    }

    private func emptyQueue() {
        polling?.queue = []
        polling?.queuedBytes = 0
    }

    private mutating func end(_ reason: EndReason, into outputs: inout [SessionOutput]) {
        abandonUpgrade(into: &outputs)
        if let carrier = polling?.poll { answerPoll(carrier, [EnginePacket(.close)], into: &outputs) }
        if case .webSocket(let carrier) = phase { outputs.append(.closeWebSocket(carrier)) }
        emptyQueue()
        phase = .ended
        heartbeatDue = .max
        outputs.append(.ended(reason))
    }
}
