// A bridge and a chat, driven by what clients of Socket.IO send. Everything that a WebSocket or a request gets is recorded.

import Bridge
import Chat
import HTTP
import Host
import Model
import Primitives
import SocketIO
import StateCoding

final class BridgeScript: Transport, Ledger, CrashLog, Reporter {
    private var bridge: Bridge
    private var host: ChatHost?
    private var model = ModelLedger()
    private var outcomes: [LedgerOutcome] = []
    private var inputs: [Bridge.ChatInput] = []
    private var free: [SessionID] = []
    private var lastSlot: UInt32 = 0
    private var subscribers: [RoomID: [(carrier: CarrierID, form: SocketIOForm)]] = [:]
    private var got: [CarrierID: [String]] = [:]
    private var drains: [SessionID] = []
    private(set) var closed: Set<CarrierID> = []
    var now = Moment(wall: 1_767_225_600_000, monotonic: 5_000)
    /// Whether the ledger refuses entries.
    var refuses = false
    /// Whether the ledger fails questions, the last one first.
    var failsQuestions = false
    private let settings: ChatSettings

    static func bridge(_ script: BridgeScript?) -> Bridge {
        let settings = EngineSettings(
            pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 65_536, queueBytes: 100_000,
            keepTimeout: BridgeLimits.connectMilliseconds)
        return Bridge(settings: settings, ledger: "1ed9e000", random: SeededRandom(seed: 7)) {
            [unowned script] carrier in
            guard let script else { return SessionID(slot: 0, generation: 0) }
            // The slots of WebSockets are above all that are without one.
            if let carrier { return SessionID(slot: UInt32(1_000 + carrier), generation: 0) }
            if let free = script.free.popLast() { return free }
            script.lastSlot += 1
            return SessionID(slot: script.lastSlot, generation: 0)
        }
    }

    init(_ settings: ChatSettings = ChatSettings(graceSeconds: 0)) {
        self.settings = settings
        bridge = BridgeScript.bridge(nil)
        bridge = BridgeScript.bridge(self)
        begin()
    }

    private func begin() {
        let chat = Chat(settings: settings, random: SeededRandom(seed: 1), snapshot: model.snapshot())
        host = ChatHost(chat, transport: self, ledger: self, crashLog: self, reporter: self)
    }

    // MARK: what clients do

    /// Opens a WebSocket, and returns what it got.
    func open(
        _ carrier: CarrierID, agent: String = "Mozilla/5.0", token: String? = nil,
        query: String = "EIO=4&transport=websocket"
    ) -> [String] {
        let head = request("GET", query, "Upgrade: websocket\r\n", agent, token)
        let client = client(head.head)
        change { $0.webSocketOpened(carrier, head.head, from: client, at: now.monotonic, into: &$1) }
        return take(carrier)
    }

    /// Sends a request, and returns its response, if it has one yet.
    func poll(_ carrier: CarrierID, _ query: String) -> [String] { request(carrier, "GET", query) }

    func post(_ carrier: CarrierID, _ query: String, _ body: String) -> [String] {
        request(carrier, "POST", query, body: body)
    }

    private func request(
        _ carrier: CarrierID, _ method: String, _ query: String, body: String = "", agent: String = "Mozilla/5.0"
    ) -> [String] {
        let whole = request(method, query, "Content-Length: \(body.utf8.count)\r\n", agent, nil, body: body)
        let client = client(whole.head)
        change { $0.request(carrier, whole, from: client, at: now.monotonic, into: &$1) }
        return take(carrier)
    }

    private func client(_ head: RequestHead) -> EngineClient {
        EngineClient(head, address: IPAddress("192.0.2.1"), authenticatedName: nil, newToken: bridge.newToken())
    }

    private func request(
        _ method: String, _ query: String, _ lines: String, _ agent: String, _ token: String?, body: String = ""
    ) -> HTTPRequest {
        let cookie = token.map { "Cookie: a=b; chatrelay=\($0)\r\n" } ?? ""
        let text =
            "\(method) /socket.io/?\(query) HTTP/1.1\r\nHost: a\r\nUser-Agent: \(agent)\r\n\(cookie)\(lines)\r\n\(body)"
        var parser = RequestParser(bodyBytes: 65_536)
        guard let (request, _) = try? parser.receive(Array(text.utf8).span) else {
            fatalError("not a request: \(text)")
        }
        return request
    }

    /// Sends a message on a WebSocket, and returns what it got.
    func send(_ carrier: CarrierID, _ text: String) -> [String] {
        change { $0.webSocketMessage(carrier, Array(text.utf8), isBinary: false, at: now.monotonic, into: &$1) }
        return take(carrier)
    }

    func close(_ carrier: CarrierID) {
        subscribers = subscribers.mapValues { $0.filter { $0.carrier != carrier } }
        change { $0.carrierClosed(carrier, at: now.monotonic, into: &$1) }
    }

    func pass(_ milliseconds: Int64) {
        now.monotonic += milliseconds
        host?.tick(at: now)
        change { $0.tick(at: now.monotonic, into: &$1) }
    }

    func administer(_ command: AdminCommand) {
        host?.administer(command, at: now) { _ in }
        settle()
    }

    func take(_ carrier: CarrierID) -> [String] { got.removeValue(forKey: carrier) ?? [] }

    var pollingSessions: Int { bridge.pollingSessions }
    var isIdle: Bool { bridge.isIdle }
    /// The slots of the sessions of the chat; those of WebSockets are 1,000 and the carrier's number.
    var slots: [UInt32] { bridge.places.map(\.session.slot) }
    var awaitedMessages: Int { bridge.messageSenders.count }

    /// A planned restart: another chat and another bridge read what these have written.
    func restart() throws {
        var outputs: [Bridge.Output] = []
        bridge.releasePolls(at: now.monotonic, into: &outputs)
        outputs.forEach(perform)
        settle()
        var writer = StateWriter()
        bridge.write(to: &writer, at: now.monotonic) { $0 }
        host?.write(to: &writer, at: now)
        now.monotonic += 1_000_000
        subscribers = [:]
        var reader = StateReader(writer.bytes)
        bridge = BridgeScript.bridge(self)
        try bridge.resume(from: &reader, version: 4, at: now.monotonic)
        begin()
        let slots = Set(bridge.places.map(\.session.slot))
        try host?.resume(
            from: &reader, session: { SessionID(slot: $0, generation: 0) }, open: slots, at: now)
        settle()
    }

    // MARK: inside

    private func change(_ body: (inout Bridge, inout [Bridge.Output]) -> Void) {
        var outputs: [Bridge.Output] = []
        body(&bridge, &outputs)
        outputs.forEach(perform)
        settle()
    }

    private func settle() {
        while !inputs.isEmpty || !outcomes.isEmpty || !drains.isEmpty {
            let (inputs, drains) = (inputs, drains)
            (self.inputs, self.drains) = ([], [])
            for input in inputs { give(input) }
            for session in drains where bridge.holds(session) { host?.drained(session, at: now) }
            host?.applyOutcomes(at: now)
        }
    }

    private func give(_ input: Bridge.ChatInput) {
        switch input {
        case .connected(let session, let client, _):
            host?.connected(session, address: client.address, token: client.token, at: now)
        case .received(let session, let text, let command):
            guard bridge.holds(session) else { return }
            bridge.begin(session, command: command)
            host?.received(session, text, at: now)
            var outputs: [Bridge.Output] = []
            bridge.end(session, command: command, at: now.monotonic, into: &outputs)
            outputs.forEach(perform)
        case .disconnected(let session):
            host?.disconnected(session, at: now)
            release(session)
        case .released(let session): release(session)
        }
    }

    private func release(_ session: SessionID) {
        guard session.slot < 1_000 else { return }
        free.append(SessionID(slot: session.slot, generation: session.generation + 1))
    }

    private func perform(_ output: Bridge.Output) {
        switch output {
        case .respond(let carrier, let response):
            let body = String(decoding: response.body, as: UTF8.self).replacing("\u{1e}", with: "|")
            got[carrier, default: []].append("\(response.status) \(body)")
        case .send(let carrier, let bytes): got[carrier, default: []].append(String(decoding: bytes, as: UTF8.self))
        case .closeWebSocket(let carrier): closed.insert(carrier)
        case .subscribe(let carrier, let room, let form): subscribers[room, default: []].append((carrier, form))
        case .unsubscribe(let carrier, let room, let form):
            subscribers[room]?.removeAll { $0.carrier == carrier && $0.form == form }
        case .unsubscribeFromRooms(let carrier, let form):
            subscribers = subscribers.mapValues { $0.filter { $0.carrier != carrier || $0.form != form } }
        case .upgraded: break
        case .input(let input): inputs.append(input)
        }
    }

    private func changeInCall(_ body: (inout Bridge, inout [Bridge.Output]) -> Void) {
        var outputs: [Bridge.Output] = []
        body(&bridge, &outputs)
        outputs.forEach(perform)
    }

    // MARK: doors

    func send(_ json: [UInt8], to session: SessionID) {
        changeInCall { $0.send(json, to: session, at: now.monotonic, into: &$1) }
    }

    func publish(_ json: [UInt8], to room: RoomID) {
        for (carrier, form) in subscribers[room, default: []] {
            guard let message = form.message(of: json, ledger: "1ed9e000") else { continue }
            got[carrier, default: []].append("4" + String(decoding: message, as: UTF8.self))
        }
        var event = SocketIOEvent(json, ledger: "1ed9e000")
        changeInCall { $0.publish(&event, to: room, at: now.monotonic, into: &$1) }
    }

    func subscribe(_ session: SessionID, to room: RoomID) {
        changeInCall { $0.subscribe(session, to: room, into: &$1) }
    }

    func unsubscribe(_ session: SessionID, from room: RoomID) {
        changeInCall { $0.unsubscribe(session, from: room, into: &$1) }
    }

    func awaitDrain(_ session: SessionID) { drains.append(session) }

    func close(_ session: SessionID, _ reason: CloseReason, at now: Moment) -> Bool {
        var isClosed = false
        changeInCall { isClosed = $0.close(session, reason, at: now.monotonic, into: &$1) }
        return isClosed
    }

    func append(_ entry: Entry, from origin: SessionID?) -> Bool {
        guard !refuses else {
            outcomes.append(.refused(entry, from: origin, LedgerError("The queue is full.", isOverflow: true)))
            return false
        }
        switch model.commit(entry) {
        case .committed(let committed): outcomes.append(.committed(committed, from: origin))
        case .repeated(let committed): outcomes.append(.repeated(committed, from: origin))
        case .rejected(let rejection): outcomes.append(.rejected(entry, from: origin, rejection))
        }
        return true
    }

    func read(_ number: UInt64, _ query: Query, for user: UserID?) {
        if failsQuestions { return outcomes.insert(.answered(number, .failed("The disk is gone.")), at: 0) }
        outcomes.append(.answered(number, model.answer(query)))
    }

    func takeOutcomes(_ body: (LedgerOutcome) -> Void) {
        let taken = outcomes
        outcomes = []
        taken.forEach(body)
    }

    func identified(_ session: SessionID, as user: UserID) {}
    func joinedRoom(_ session: SessionID, _ room: RoomID, name: String) {}
    func leftRoom(_ session: SessionID, _ room: RoomID) {}
    func report(_ report: Report) {}
    func queued() {}
    func resolved(_ outcome: LedgerOutcome) {}
}
