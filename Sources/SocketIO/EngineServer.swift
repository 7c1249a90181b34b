// All sessions of Engine.IO, by their secret. Requests and WebSockets of any connection come in; each finds its session.

package import HTTP
internal import Primitives

package struct EngineServer {
    /// The sid of a session: a secret of the client's.
    package typealias SID = String

    package enum Output: Equatable, Sendable {
        /// A new session; further outputs of the same call may be its own.
        case opened(SID)
        case session(SID, EngineSession.SessionOutput)
        /// To a connection that belongs to no session.
        case respond(CarrierID, HTTPResponse)
        case closeWebSocket(CarrierID)
    }

    let settings: EngineSettings
    private let limit: Int
    /// A session. There are many idle ones, and a dictionary has room for nearly as many more: so it holds references.
    final class Entry {
        var session: EngineSession
        /// Its earliest timer, so that it has one entry in the queue, or two for a moment; nil for none.
        var scheduled: Int64?

        init(_ session: EngineSession) { self.session = session }
    }

    private(set) var sessions: [SID: Entry] = [:]
    private var carriers: [CarrierID: SID] = [:]
    private var timers = TimerQueue<SID>()

    /// - Parameter limit: the number of sessions that may exist at once.
    package init(settings: EngineSettings, limit: Int) {
        self.settings = settings
        self.limit = limit
    }

    package var count: Int { sessions.count }

    package func session(_ sid: SID) -> EngineSession? { sessions[sid]?.session }

    /// The session that the connection carries something of.
    package func sid(of carrier: CarrierID) -> SID? { carriers[carrier] }

    /// The WebSockets that carry sessions, or are about to.
    package var carriedWebSockets: [CarrierID] { carriers.keys.sorted() }

    /// Answers all waiting polls. The clients poll again.
    package mutating func releasePolls(at now: Int64, into outputs: inout [Output]) {
        for sid in sessions.keys.sorted() { change(sid, at: now, into: &outputs) { $0.releasePoll(into: &$1) } }
    }

    /// A whole request that asks for no WebSocket.
    /// - Parameter newSID: a fresh secret, used where the request opens a session.
    package mutating func request(
        _ carrier: CarrierID, _ head: RequestHead, body: [UInt8], newSID: SID, at now: Int64,
        into outputs: inout [Output]
    ) {
        do throws(EngineError) {
            let request = try EngineRequest(head, isUpgrade: false) { sessions[$0] != nil }
            guard let sid = request.sid else {
                return try open(newSID, .polling, carrier: carrier, at: now, into: &outputs)
            }
            carriers[carrier] = sid
            change(sid, at: now, into: &outputs) {
                if request.isPost {
                    $0.post(carrier, body, at: now, into: &$1)
                } else {
                    $0.poll(carrier, at: now, into: &$1)
                }
            }
        } catch {
            outputs.append(.respond(carrier, error.response))
        }
    }

    /// What a request for a WebSocket has to get instead of the handshake.
    /// - Returns: nil where it may have the handshake; then `webSocketOpened` follows.
    package func refusal(_ head: RequestHead) -> EngineError? {
        do throws(EngineError) {
            let request = try EngineRequest(head, isUpgrade: true) { sessions[$0] != nil }
            return request.sid == nil && sessions.count >= limit ? .full : nil
        } catch { return error }
    }

    /// Whether a WebSocket that `refusal` has nothing against is of use; else it is to be opened and closed.
    package func takesWebSocket(_ head: RequestHead) -> Bool {
        guard let request = try? EngineRequest(head, isUpgrade: true, isKnown: { sessions[$0] != nil }) else {
            return false
        }
        return request.sid.map { sessions[$0]?.session.phase == .polling } ?? true
    }

    /// A WebSocket was opened, by a request that `refusal` had nothing against.
    package mutating func webSocketOpened(
        _ carrier: CarrierID, _ head: RequestHead, newSID: SID, at now: Int64, into outputs: inout [Output]
    ) {
        guard let request = try? EngineRequest(head, isUpgrade: true, isKnown: { sessions[$0] != nil }) else {
            return outputs.append(.closeWebSocket(carrier))
        }
        guard let sid = request.sid else {
            do throws(EngineError) {
                try open(newSID, .websocket, carrier: carrier, at: now, into: &outputs)
                carriers[carrier] = newSID
            } catch { outputs.append(.closeWebSocket(carrier)) }
            return
        }
        carriers[carrier] = sid
        change(sid, at: now, into: &outputs) { $0.webSocketOpened(carrier, at: now, into: &$1) }
    }

    package mutating func webSocketMessage(
        _ carrier: CarrierID, _ bytes: [UInt8], isBinary: Bool, at now: Int64, into outputs: inout [Output]
    ) {
        guard let sid = carriers[carrier] else { return }
        change(sid, at: now, into: &outputs) {
            $0.webSocketMessage(carrier, bytes, isBinary: isBinary, at: now, into: &$1)
        }
    }

    /// A connection is gone, whatever it carried.
    package mutating func carrierClosed(_ carrier: CarrierID, at now: Int64, into outputs: inout [Output]) {
        guard let sid = carriers.removeValue(forKey: carrier) else { return }
        change(sid, at: now, into: &outputs) { $0.carrierClosed(carrier, into: &$1) }
    }

    package mutating func send(_ packet: EnginePacket, to sid: SID, at now: Int64, into outputs: inout [Output]) {
        change(sid, at: now, into: &outputs) { $0.send(packet, into: &$1) }
    }

    package mutating func close(_ sid: SID, at now: Int64, into outputs: inout [Output]) {
        change(sid, at: now, into: &outputs) { $0.close(at: now, into: &$1) }
    }

    /// Time has passed; to be called at least as often as heartbeats must be exact.
    package mutating func tick(at now: Int64, into outputs: inout [Output]) {
        while let sid = timers.popDue(at: now) {
            guard let entry = sessions[sid], let due = entry.scheduled, due <= now else { continue }
            entry.scheduled = nil
            change(sid, at: now, into: &outputs) { $0.tick(at: now, into: &$1) }
        }
    }

    /// Continues a session of another process.
    mutating func resume(_ sid: SID, _ session: EngineSession, at now: Int64) {
        sessions[sid] = Entry(session)
        switch session.phase {
        case .webSocket(let carrier), .upgrading(let carrier, _): carriers[carrier] = sid
        case .polling, .closing, .ended: break
        }
        schedule(sid, at: now)
    }

    private mutating func open(
        _ sid: SID, _ transport: EngineTransport, carrier: CarrierID, at now: Int64,
        into outputs: inout [Output]
    ) throws(EngineError) {
        guard sessions.count < limit else { throw .full }
        outputs.append(.opened(sid))
        var own: [EngineSession.SessionOutput] = []
        sessions[sid] = Entry(
            EngineSession(sid: sid, transport, carrier: carrier, settings: settings, at: now, into: &own))
        outputs += own.map { .session(sid, $0) }
        schedule(sid, at: now)
    }

    private mutating func change(
        _ sid: SID, at now: Int64, into outputs: inout [Output],
        _ body: (inout EngineSession, inout [EngineSession.SessionOutput]) -> Void
    ) {
        guard let entry = sessions[sid] else { return }
        var own: [EngineSession.SessionOutput] = []
        // What was due before this input comes first.
        if entry.session.nextDue <= now { entry.session.tick(at: now, into: &own) }
        body(&entry.session, &own)
        outputs += own.map { .session(sid, $0) }
        if entry.session.isEnded {
            sessions[sid] = nil
        } else {
            schedule(sid, at: now)
        }
    }

    private mutating func schedule(_ sid: SID, at now: Int64) {
        guard let entry = sessions[sid], entry.session.nextDue < entry.scheduled ?? .max else { return }
        let due = entry.session.nextDue
        entry.scheduled = due
        timers.add(sid, due: due)
    }
}
