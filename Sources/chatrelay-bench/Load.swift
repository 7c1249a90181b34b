// The clients of the load generator: all connections on one epoll set and one thread.

import Linux
import WebSocket

struct Load: ~Copyable {
    /// The most events of one poll.
    static let readyBatch = 1_024
    /// Connections that are opened at a time.
    private static let connectBatch = 100
    /// The longest wait for a batch of connections or for the last deliveries, in nanoseconds, by default.
    static let patience: Int64 = 20_000_000_000
    /// Milliseconds without bytes from the server after which all joins have been delivered.
    private static let silence: Int32 = 200

    private var poller: ConnectionPoller
    private let target: TargetOptions
    let assignment: RoomAssignment
    let publishers: Int
    let text: String
    /// Whether client 0 sends private messages to client 1, instead of messages to rooms.
    let isPrivate: Bool
    /// The number in the first client's name.
    private let firstName: Int
    let patience: Int64
    private let upgrade: [UInt8]
    /// The number of members of each room.
    private(set) var members: [Int] = []

    private(set) var readers: [EventReader] = []
    private var joined = 0
    private(set) var hungUp = 0
    private(set) var firstError: String?
    /// Events other than messages since the last `ask`.
    private var answers: [(client: Int, type: String)] = []
    private var ready: [Readiness] = []
    private var events: [ReceivedEvent] = []
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    /// Bytes that the sockets of a slow server have not taken yet.
    private var unsent: [Slot: [UInt8]] = [:]

    /// For each message since the start: its scheduled time, and the number of deliveries that are missing.
    var scheduled: [Int64] = []
    var missing: [Int] = []
    /// The newest sequence number that each client has received; with other protocols than chat one for each publisher,
    /// because such a server may interleave their messages differently for each client.
    private var newest: [Int] = []
    var result = LoadResult()

    init(
        poller: consuming ConnectionPoller, target: TargetOptions, assignment: RoomAssignment, publishers: Int,
        text: String, isPrivate: Bool = false, firstName: Int = 0, patience: Int64 = Load.patience
    ) {
        self.poller = poller
        self.target = target
        self.assignment = assignment
        self.publishers = publishers
        self.text = text
        self.isPrivate = isPrivate
        self.firstName = firstName
        self.patience = patience
        upgrade = target.upgrade
    }

    var wire: WireProtocol { target.protocol }
    private var orders: Int { wire == .chat ? 1 : publishers }

    // MARK: Connecting

    /// Opens the connections, with `chat` named and in their rooms, and waits until all joins have been delivered.
    /// - Returns: connections a second.
    /// - Throws: where the server refuses a client or does not answer.
    mutating func connect(_ count: Int) throws -> Double {
        newest = Array(repeating: 0, count: count * orders)
        members = assignment.counts(clients: count)
        let start = Clock.monotonicNanoseconds
        while readers.count < count {
            for index in readers.count..<min(readers.count + Load.connectBatch, count) { try open(index) }
            let limit = Clock.monotonicNanoseconds + patience
            let rooms = wire == .chat ? assignment.each : 1
            while joined < readers.count * rooms {
                pump(wait: 100)
                if hungUp > 0 || firstError != nil || Clock.monotonicNanoseconds > limit {
                    let reason = firstError ?? "The server does not answer."
                    throw BenchError(description: "The clients can't join. \(reason)")
                }
            }
        }
        let seconds = Double(Clock.monotonicNanoseconds - start) / 1e9
        while pump(wait: Load.silence) > 0 {}
        return Double(count) / seconds
    }

    /// Connects, requests the upgrade, and sends hello without waiting for the response where the protocol allows it.
    private mutating func open(_ index: Int) throws {
        let slot = try poller.insert(try target.connect())
        precondition(Int(slot) == index)
        readers.append(EventReader())
        write(upgrade, to: slot)
        if wire.clientBegins { sendHello(index) }
    }

    private mutating func sendHello(_ index: Int) {
        guard let hello = wire.hello(firstName + index, rooms: assignment.rooms(of: index)) else { return }
        send(.text, Array(hello.utf8), from: Slot(index))
    }

    /// Sends a command of one client and waits for an answer of this type. The other clients go on reading.
    /// - Returns: nanoseconds.
    /// - Throws: where the server answers with an error or not at all.
    mutating func ask(_ client: Int, _ json: String, for type: String) throws -> Int64 {
        answers.removeAll(keepingCapacity: true)
        let start = Clock.monotonicNanoseconds
        send(.text, Array(json.utf8), from: Slot(client))
        while !answers.contains(where: { $0.client == client && $0.type == type }) {
            pump(wait: 100)
            if let firstError { throw BenchError(description: "The server answered: \(firstError)") }
            if Clock.monotonicNanoseconds - start > patience {
                throw BenchError(description: "The server does not answer with \(type).")
            }
        }
        return Clock.monotonicNanoseconds - start
    }

    // MARK: Reading

    /// Waits for bytes from the server, and reads them.
    /// - Returns: how many connections had bytes.
    @discardableResult
    mutating func pump(wait milliseconds: Int32) -> Int {
        for slot in Array(unsent.keys) { flush(slot) }
        poller.poll(into: &ready, wait: unsent.isEmpty ? milliseconds : 0)
        let begun = Clock.monotonicNanoseconds
        for event in ready {
            switch poller.read(event.slot, into: &buffer) {
            case .wouldBlock: break
            case .bytes(let count): receive(event.slot, count)
            case .ended:
                poller.remove(event.slot)
                unsent[event.slot] = nil
                hungUp += 1
            }
        }
        let served = ready.count
        ready.removeAll(keepingCapacity: true)
        if served > 0 { result.busyNanoseconds += Clock.monotonicNanoseconds - begun }
        return served
    }

    private mutating func receive(_ slot: Slot, _ count: Int) {
        let now = Clock.monotonicNanoseconds
        // The span borrows the array, so the array may not be part of `self` meanwhile.
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        readers[Int(slot)].receive(bytes.span.extracting(0..<count), into: &events)
        swap(&bytes, &buffer)
        for event in events {
            switch event {
            case .message(let seq, let index): deliver(seq, index, to: Int(slot), at: now)
            case .opened: joined += wire == .raw ? 1 : 0
            case .joined:
                joined += 1
                answers.append((Int(slot), "joined"))
            case .ping(let payload): send(.pong, payload, from: slot)
            case .engineOpened: sendHello(Int(slot))
            case .enginePing: send(.text, [UInt8(ascii: "3")], from: slot)
            case .refused(let reason): firstError = firstError ?? reason
            case .welcome: break
            case .other(let type): answers.append((Int(slot), type))
            }
        }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func deliver(_ seq: Int, _ index: Int, to client: Int, at now: Int64) {
        guard index < scheduled.count else { return }
        let order = client * orders + index % orders
        if newest[order] >= seq { result.disordered += 1 }
        newest[order] = seq
        missing[index] -= 1
        result.deliveries += 1
        // The sender of a private message gets an event too; only the receiver's latency is measured.
        if !isPrivate || client == 1 { result.latencies.record(nanoseconds: now - scheduled[index]) }
    }

    // MARK: Writing

    mutating func send(_ opcode: Opcode, _ payload: [UInt8], from slot: Slot) {
        guard poller.isOpen(slot) else { return }
        var bytes: [UInt8] = []
        Frame.masked(opcode, payload, key: 0x1234_5678, to: &bytes)
        write(bytes, to: slot)
    }

    private mutating func write(_ bytes: [UInt8], to slot: Slot) {
        unsent[slot, default: []] += bytes
        flush(slot)
    }

    private mutating func flush(_ slot: Slot) {
        guard let bytes = unsent.removeValue(forKey: slot) else { return }
        // The next read shows whether the server has closed the connection.
        guard case .bytes(let count) = poller.write(slot, bytes, 0..<bytes.count), count < bytes.count else { return }
        unsent[slot] = Array(bytes[count...])
    }
}
