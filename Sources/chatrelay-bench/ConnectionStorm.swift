// The clients of a connection storm: connects them as fast as the server accepts, and checks the events of each.

import Linux
import WebSocket

struct ConnectionStorm: ~Copyable {
    /// Connects in a row, before the sockets are read.
    private static let burst = 64
    /// The longest time without bytes from the server, in nanoseconds.
    private static let patience: Int64 = 20_000_000_000

    private struct ClientState {
        var reader = EventReader()
        /// The index of the next message.
        var next = 0
        var isReady = false
        var resumingHello: String?
    }

    private var poller: ConnectionPoller
    private let target: TargetOptions
    private let hellos: [String?]
    private let missed: Int
    /// Whether a client is ready only when the server has answered a command after the welcome.
    private let awaitsSession: Bool
    private var clients: [ClientState] = []
    private var ready = 0
    private var error: String?
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    private var events: [ReceivedEvent] = []
    /// The time from the first connect until each client was ready.
    private(set) var latencies = LatencyHistogram()
    private(set) var busyNanoseconds: Int64 = 0
    private var start: Int64 = 0

    init(_ target: TargetOptions, _ hellos: [String?], missed: Int, awaitsSession: Bool) throws {
        poller = try ConnectionPoller(batch: Load.readyBatch)
        self.target = target
        self.hellos = hellos
        self.missed = missed
        self.awaitsSession = awaitsSession
    }

    /// The hello of each client that resumes its session.
    var resumingHellos: [String?] { clients.map(\.resumingHello) }

    /// Connects all clients.
    /// - Returns: seconds until the last client was ready.
    /// - Throws: where the server closes a connection, sends nothing for too long, or sends wrong messages.
    mutating func run() throws -> Double {
        let upgrade = target.upgrade
        let clientBegins = target.protocol.clientBegins
        let requests = hellos.map { hello in upgrade + (clientBegins ? hello.map(ConnectionStorm.frame) ?? [] : []) }
        var readable: [Readiness] = []
        start = Clock.monotonicNanoseconds
        var heard = start
        while ready < hellos.count {
            let begun = Clock.monotonicNanoseconds
            for index in clients.count..<min(clients.count + ConnectionStorm.burst, hellos.count) {
                let slot = try poller.insert(try target.connect())
                clients.append(ClientState())
                try send(requests[index], from: slot)
            }
            busyNanoseconds += Clock.monotonicNanoseconds - begun
            poller.poll(into: &readable, wait: clients.count < hellos.count ? 0 : 100)
            let now = Clock.monotonicNanoseconds
            if !readable.isEmpty { heard = now }
            for event in readable { try read(event.slot) }
            readable.removeAll(keepingCapacity: true)
            busyNanoseconds += Clock.monotonicNanoseconds - now
            if now - heard > ConnectionStorm.patience {
                error = error ?? "The server sends nothing more; \(ready) of \(hellos.count) clients are ready."
            }
            if let error { throw BenchError(description: error) }
        }
        return Double(Clock.monotonicNanoseconds - start) / 1e9
    }

    mutating func disconnect() { for slot in clients.indices { poller.remove(Slot(slot)) } }

    private mutating func read(_ slot: Slot) throws {
        guard case .bytes(let count) = poller.read(slot, into: &buffer) else {
            throw BenchError(description: "The server has closed a connection.")
        }
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        clients[Int(slot)].reader.receive(bytes.span.extracting(0..<count), into: &events)
        swap(&bytes, &buffer)
        for event in events { try take(event, Int(slot)) }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func take(_ event: ReceivedEvent, _ index: Int) throws {
        switch event {
        case .opened: if hellos[index] == nil { markReady(index) }
        case .welcome(let json):
            clients[index].resumingHello = awaitsSession ? ConnectionStorm.resumingHello(json) : nil
        case .message(_, let number):
            let expected = clients[index].next
            if number != expected { error = "Client \(index) received message \(number) instead of \(expected)." }
            clients[index].next += 1
        case .joined:
            let received = clients[index].next
            if received != missed { error = "Client \(index) received \(received) of \(missed) messages." }
            guard awaitsSession else { return markReady(index) }
            // The next command shows the server that the welcome was received.
            try send(ConnectionStorm.frame(#"{"type":"rooms"}"#), from: Slot(index))
        case .engineOpened:
            if let hello = hellos[index] { try send(ConnectionStorm.frame(hello), from: Slot(index)) }
        case .other("rooms"): markReady(index)
        case .refused(let reason): error = "The server answered: \(reason)"
        case .ping, .enginePing, .other: break
        }
    }

    private mutating func markReady(_ index: Int) {
        guard !clients[index].isReady else { return }
        clients[index].isReady = true
        ready += 1
        latencies.record(nanoseconds: Clock.monotonicNanoseconds - start)
    }

    /// Sends a few hundred bytes, which fit into the buffer of a socket that the server reads.
    private mutating func send(_ bytes: [UInt8], from slot: Slot) throws {
        guard poller.write(slot, bytes, 0..<bytes.count) == .bytes(bytes.count) else {
            throw BenchError(description: "The server does not read.")
        }
    }

    private static func frame(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        Frame.masked(.text, Array(text.utf8), key: 0x1234_5678, to: &bytes)
        return bytes
    }

    /// The hello that resumes the session of this welcome.
    private static func resumingHello(_ welcome: String) -> String? {
        func field(_ name: String) -> Substring? {
            guard let start = welcome.firstRange(of: "\"\(name)\":")?.upperBound else { return nil }
            return welcome[start...].prefix { $0 != "," && $0 != "}" }
        }
        guard let token = field("token"), let seq = field("seq"), let ledger = field("ledger") else { return nil }
        return #"{"type":"hello","token":\#(token),"since":\#(seq),"ledger":\#(ledger),"rooms":["lobby"]}"#
    }
}
