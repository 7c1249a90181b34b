// The clients of a storm: as many connects as the server takes, and what each still waits for.

import Linux
import WebSocket

struct Crush: ~Copyable {
    /// Connects in a row, before what came is read.
    private static let burst = 64
    /// Nanoseconds in which something has to come.
    private static let patience: Int64 = 20_000_000_000

    private struct Person {
        var client = Client()
        /// The place of the message that comes next.
        var next = 0
        var isLive = false
        var comeback: String?
    }

    private var poller: ConnectionPoller
    private let target: Target
    private let hellos: [String?]
    private let missed: Int
    /// Whether each stays until the server knows it for sure.
    private let isSettling: Bool
    private var people: [Person] = []
    private var live = 0
    private var flaw: String?
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    private var events: [Received] = []
    /// From the first connect on.
    private(set) var latencies = Histogram()
    private(set) var busyNanoseconds: Int64 = 0
    private var start: Int64 = 0

    init(_ target: Target, _ hellos: [String?], missed: Int, isSettling: Bool) throws {
        poller = try ConnectionPoller(batch: Load.readyBatch)
        self.target = target
        self.hellos = hellos
        self.missed = missed
        self.isSettling = isSettling
    }

    /// What each says when it comes back.
    var comebacks: [String?] { people.map(\.comeback) }

    /// Lets all come.
    /// - Returns: seconds until the last one was there.
    mutating func run() throws -> Double {
        let upgrade = target.upgrade
        let requests = hellos.map { hello in upgrade + (hello.map { Crush.frame($0) } ?? []) }
        var ready: [Readiness] = []
        start = Clock.monotonicNanoseconds
        var heard = start
        while live < hellos.count {
            let begun = Clock.monotonicNanoseconds
            for index in people.count..<min(people.count + Crush.burst, hellos.count) {
                let slot = try poller.insert(try target.connect())
                people.append(Person())
                try send(requests[index], from: slot)
            }
            busyNanoseconds += Clock.monotonicNanoseconds - begun
            poller.poll(into: &ready, wait: people.count < hellos.count ? 0 : 100)
            let now = Clock.monotonicNanoseconds
            if !ready.isEmpty { heard = now }
            for event in ready { try read(event.slot) }
            ready.removeAll(keepingCapacity: true)
            busyNanoseconds += Clock.monotonicNanoseconds - now
            if now - heard > Crush.patience { flaw = flaw ?? "\(live) of \(hellos.count) are there, and no more come." }
            if let flaw { throw BenchError(description: flaw) }
        }
        return Double(Clock.monotonicNanoseconds - start) / 1e9
    }

    mutating func hangUp() { for slot in people.indices { poller.remove(Slot(slot)) } }

    private mutating func read(_ slot: Slot) throws {
        guard case .bytes(let count) = poller.read(slot, into: &buffer) else {
            throw BenchError(description: "The server hung up.")
        }
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        people[Int(slot)].client.receive(bytes.span.extracting(0..<count), into: &events)
        swap(&bytes, &buffer)
        for event in events { try take(event, Int(slot)) }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func take(_ event: Received, _ index: Int) throws {
        switch event {
        case .opened: if hellos[index] == nil { settle(index) }
        case .welcome(let json): people[index].comeback = isSettling ? Crush.comeback(json) : nil
        case .message(_, let place):
            if place != people[index].next { flaw = "Client \(index) got message \(place), not \(people[index].next)." }
            people[index].next += 1
        case .joined:
            if people[index].next != missed {
                flaw = "Client \(index) got \(people[index].next) of \(missed) messages."
            }
            // Its next command shows that the welcome has arrived.
            if isSettling { try send(Crush.frame(#"{"type":"rooms"}"#), from: Slot(index)) } else { settle(index) }
        case .other("rooms"): settle(index)
        case .refused(let why): flaw = "The server said: \(why)"
        case .ping, .engineAsks, .other: break
        }
    }

    private mutating func settle(_ index: Int) {
        guard !people[index].isLive else { return }
        people[index].isLive = true
        live += 1
        latencies.add(Clock.monotonicNanoseconds - start)
    }

    /// A few hundred bytes: a socket that is read at all takes them at once.
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

    /// The hello with which the client of this welcome comes back.
    private static func comeback(_ welcome: String) -> String? {
        func field(_ name: String) -> Substring? {
            guard let start = welcome.firstRange(of: "\"\(name)\":")?.upperBound else { return nil }
            return welcome[start...].prefix { $0 != "," && $0 != "}" }
        }
        guard let token = field("token"), let seq = field("seq"), let ledger = field("ledger") else { return nil }
        return #"{"type":"hello","token":\#(token),"since":\#(seq),"ledger":\#(ledger),"rooms":["lobby"]}"#
    }
}
