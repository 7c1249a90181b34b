// All sessions of Engine.IO. Requests and WebSockets of any connection come in; each finds its session.

package import HTTP
internal import Primitives

package struct EngineServer {
    /// What the requests of a client name its session by: a secret of the client's.
    package typealias SID = String
    /// A session's number among those that there are. Once it has ended, another one gets it.
    package typealias Number = UInt32

    package enum Output: Equatable, Sendable {
        /// A new session; further outputs of the same call may be its own.
        case opened(Number)
        case session(Number, EngineSession.SessionOutput)
        /// To a connection that belongs to no session.
        case respond(CarrierID, HTTPResponse)
        case closeWebSocket(CarrierID)
    }

    private struct Cell {
        var session: EngineSession
        /// Its earliest timer, so that it has one entry in the queue, or two for a moment; `.max` for none.
        var scheduled = Int64.max
    }

    let settings: EngineSettings
    private let limit: Int
    /// By number. There are many idle sessions, and none is an object.
    private var cells: [Cell] = []
    private var free: [Number] = []
    /// The sessions that were opened by a request. No request names one that was opened by a WebSocket.
    private var numbers: [SID: Number] = [:]
    /// By the places of the connections; `none` for those that carry nothing.
    private var carriers: [Number] = []
    private static let none = Number.max
    /// When the sessions end that are not kept.
    private var keepDue: [Number: Int64] = [:]
    private var timers = TimerQueue<Number>()

    /// - Parameter limit: the number of sessions that may exist at once.
    package init(settings: EngineSettings, limit: Int) {
        self.settings = settings
        self.limit = limit
    }

    package var count: Int { cells.count - free.count }

    package func session(_ number: Number) -> EngineSession? {
        guard number < cells.count, !cells[Int(number)].session.isEnded else { return nil }
        return cells[Int(number)].session
    }

    /// All sessions, by their numbers.
    var inUse: [(number: Number, session: EngineSession)] {
        cells.indices.lazy.map(Number.init).compactMap { number in session(number).map { (number, $0) } }
    }

    /// The WebSockets that carry sessions, or are about to.
    package var carriedWebSockets: [CarrierID] {
        inUse.compactMap { _, session in
            switch session.phase {
            case .webSocket(let carrier), .upgrading(let carrier, _): carrier
            case .polling, .closing, .ended: nil
            }
        }
    }

    /// Answers all waiting polls. The clients poll again.
    package mutating func releasePolls(at now: Int64, into outputs: inout [Output]) {
        for (number, _) in inUse { change(number, at: now, into: &outputs) { $0.releasePoll(into: &$1) } }
    }

    /// A whole request that asks for no WebSocket.
    /// - Parameter newSID: a fresh secret, used where the request opens a session.
    package mutating func request(
        _ carrier: CarrierID, _ head: RequestHead, body: [UInt8], newSID: SID, at now: Int64,
        into outputs: inout [Output]
    ) {
        do throws(EngineError) {
            let request = try EngineRequest(head, isUpgrade: false) { numbers[$0] != nil }
            guard let number = request.sid.flatMap({ numbers[$0] }) else {
                return try open(newSID, .polling, carrier: carrier, at: now, into: &outputs)
            }
            setNumber(number, of: carrier)
            let settings = settings
            change(number, at: now, into: &outputs) {
                if request.isPost {
                    $0.post(carrier, body, settings, at: now, into: &$1)
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
            let request = try EngineRequest(head, isUpgrade: true) { numbers[$0] != nil }
            return request.sid == nil && count >= limit ? .full : nil
        } catch { return error }
    }

    /// Whether a WebSocket that `refusal` has nothing against is of use; else it is to be opened and closed.
    package func takesWebSocket(_ head: RequestHead) -> Bool {
        guard let request = try? EngineRequest(head, isUpgrade: true, isKnown: { numbers[$0] != nil }) else {
            return false
        }
        return request.sid.map { numbers[$0].flatMap { session($0) }?.phase == .polling } ?? true
    }

    /// A WebSocket was opened, by a request that `refusal` had nothing against.
    package mutating func webSocketOpened(
        _ carrier: CarrierID, _ head: RequestHead, newSID: SID, at now: Int64, into outputs: inout [Output]
    ) {
        do throws(EngineError) {
            let request = try EngineRequest(head, isUpgrade: true) { numbers[$0] != nil }
            guard let number = request.sid.flatMap({ numbers[$0] }) else {
                return try open(newSID, .websocket, carrier: carrier, at: now, into: &outputs)
            }
            setNumber(number, of: carrier)
            change(number, at: now, into: &outputs) { $0.webSocketOpened(carrier, at: now, into: &$1) }
        } catch { outputs.append(.closeWebSocket(carrier)) }
    }

    package mutating func webSocketMessage(
        _ carrier: CarrierID, _ bytes: [UInt8], isBinary: Bool, at now: Int64, into outputs: inout [Output]
    ) {
        guard let number = number(of: carrier) else { return }
        let settings = settings
        change(number, at: now, into: &outputs) {
            $0.webSocketMessage(carrier, bytes, isBinary: isBinary, settings, at: now, into: &$1)
        }
    }

    /// A connection is gone, whatever it carried.
    package mutating func carrierClosed(_ carrier: CarrierID, at now: Int64, into outputs: inout [Output]) {
        guard let number = number(of: carrier) else { return }
        setNumber(nil, of: carrier)
        change(number, at: now, into: &outputs) { $0.carrierClosed(carrier, into: &$1) }
    }

    package mutating func send(_ packet: EnginePacket, to number: Number, at now: Int64, into outputs: inout [Output]) {
        let settings = settings
        change(number, at: now, into: &outputs) { $0.send(packet, settings, into: &$1) }
    }

    package mutating func close(_ number: Number, at now: Int64, into outputs: inout [Output]) {
        change(number, at: now, into: &outputs) { $0.close(at: now, into: &$1) }
    }

    /// The session is of use: it stays as long as its client does.
    package mutating func keep(_ number: Number) { keepDue[number] = nil }

    /// The session is of no use any more. It ends after a while unless it is kept again.
    package mutating func expire(_ number: Number, at now: Int64) {
        guard session(number) != nil, keepDue[number] == nil else { return }
        keepDue[number] = settings.keepTimeout.map { now + $0 }
        schedule(number)
    }

    /// Time has passed; to be called at least as often as heartbeats must be exact.
    package mutating func tick(at now: Int64, into outputs: inout [Output]) {
        while let number = timers.popDue(at: now) {
            guard session(number) != nil, cells[Int(number)].scheduled <= now else { continue }
            cells[Int(number)].scheduled = .max
            let settings = settings
            let isKept = keepDue[number].map { $0 > now } ?? true
            if !isKept { keepDue[number] = nil }
            change(number, at: now, into: &outputs) { session, own in
                session.tick(settings, at: now, into: &own)
                if !isKept { session.close(at: now, into: &own) }
            }
        }
    }

    /// Continues a session of another process.
    mutating func resume(_ session: EngineSession, at now: Int64) -> Number {
        let number = insert(session, at: now)
        switch session.phase {
        case .webSocket(let carrier), .upgrading(let carrier, _): setNumber(number, of: carrier)
        case .polling, .closing, .ended: break
        }
        schedule(number)
        return number
    }

    private mutating func open(
        _ sid: SID, _ transport: EngineTransport, carrier: CarrierID, at now: Int64,
        into outputs: inout [Output]
    ) throws(EngineError) {
        guard count < limit else { throw .full }
        var own: [EngineSession.SessionOutput] = []
        let number = insert(
            EngineSession(sid: sid, transport, carrier: carrier, settings: settings, at: now, into: &own), at: now)
        if transport == .websocket { setNumber(number, of: carrier) }
        outputs.append(.opened(number))
        outputs += own.map { .session(number, $0) }
        schedule(number)
    }

    private mutating func insert(_ session: EngineSession, at now: Int64) -> Number {
        let number = free.popLast() ?? Number(cells.count)
        let cell = Cell(session: session)
        if Int(number) == cells.count { cells.append(cell) } else { cells[Int(number)] = cell }
        if let sid = session.polling?.sid { numbers[sid] = number }
        keepDue[number] = settings.keepTimeout.map { now + $0 }
        return number
    }

    /// The session that the connection carries something of.
    private func number(of carrier: CarrierID) -> Number? {
        let place = Int(UInt32(truncatingIfNeeded: carrier))
        return place < carriers.count && carriers[place] != EngineServer.none ? carriers[place] : nil
    }

    private mutating func setNumber(_ number: Number?, of carrier: CarrierID) {
        let place = Int(UInt32(truncatingIfNeeded: carrier))
        while carriers.count <= place { carriers.append(EngineServer.none) }
        carriers[place] = number ?? EngineServer.none
    }

    private mutating func change(
        _ number: Number, at now: Int64, into outputs: inout [Output],
        _ body: (inout EngineSession, inout [EngineSession.SessionOutput]) -> Void
    ) {
        guard session(number) != nil else { return }
        var own: [EngineSession.SessionOutput] = []
        // What was due before this input comes first.
        if cells[Int(number)].session.nextDue <= now { cells[Int(number)].session.tick(settings, at: now, into: &own) }
        body(&cells[Int(number)].session, &own)
        outputs += own.map { .session(number, $0) }
        guard cells[Int(number)].session.isEnded else { return schedule(number) }
        if let sid = cells[Int(number)].session.polling?.sid { numbers[sid] = nil }
        cells[Int(number)].session.polling = nil
        keepDue[number] = nil
        free.append(number)
    }

    private mutating func schedule(_ number: Number) {
        let due = min(cells[Int(number)].session.nextDue, keepDue[number] ?? .max)
        guard due < cells[Int(number)].scheduled else { return }
        cells[Int(number)].scheduled = due
        timers.add(number, due: due)
    }
}
