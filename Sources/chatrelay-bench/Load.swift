// The load: all clients on one epoll set and one thread, and the schedule that drives them.

import Linux
import WebSocket

struct Load: ~Copyable {
    /// Sockets that one wait tells of.
    static let readyBatch = 1_024
    /// Connections that are being made at a time.
    private static let newcomers = 100
    /// Nanoseconds in which a batch of newcomers, or the last deliveries of a run, have to arrive by default.
    static let patience: Int64 = 20_000_000_000
    /// Milliseconds of silence after which nothing more is expected of the joins.
    private static let silence: Int32 = 200
    /// Messages sent in a row, where the schedule is behind, before what came is read.
    private static let burst = 16

    private var poller: ConnectionPoller
    private let target: Target
    private let seating: Seating
    private let publishers: Int
    private let text: String
    /// Whether client 0 speaks to client 1, and not to a room.
    private let isPrivate: Bool
    /// The number in the first client's name.
    private let firstName: Int
    private let patience: Int64
    private let upgrade: [UInt8]
    private var members: [Int] = []

    private var clients: [Client] = []
    private var joined = 0
    private var hungUp = 0
    private var firstError: String?
    /// What came that is no message, for `ask`.
    private var answers: [(client: Int, type: String)] = []
    private var ready: [Readiness] = []
    private var events: [Received] = []
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    /// What a server that lags has not taken yet.
    private var unsent: [Slot: [UInt8]] = [:]

    /// For each message since the start: when it was to be sent, and how many still have to get it.
    private var intended: [Int64] = []
    private var missing: [Int] = []
    /// The newest sequence number that a client has seen; without chat one for each publisher, whose frames a server may
    /// interleave as it likes.
    private var newest: [Int] = []
    private var run = Run()

    init(
        poller: consuming ConnectionPoller, target: Target, seating: Seating, publishers: Int, text: String,
        isPrivate: Bool = false,
        firstName: Int = 0, patience: Int64 = Load.patience
    ) {
        self.poller = poller
        self.target = target
        self.seating = seating
        self.publishers = publishers
        self.text = text
        self.isPrivate = isPrivate
        self.firstName = firstName
        self.patience = patience
        upgrade = target.upgrade
    }

    // MARK: coming in

    /// Opens the connections, with `chat` all named and in their rooms, and waits until the last joins have been told.
    /// - Returns: connections a second.
    mutating func connect(_ count: Int) throws -> Double {
        newest = Array(repeating: 0, count: count * batches)
        members = seating.counts(clients: count)
        let start = Clock.monotonicNanoseconds
        while clients.count < count {
            for index in clients.count..<min(clients.count + Load.newcomers, count) { try enter(index) }
            let limit = Clock.monotonicNanoseconds + patience
            let rooms = wire == .chat ? seating.each : 1
            while joined < clients.count * rooms {
                pump(wait: 100)
                if hungUp > 0 || firstError != nil || Clock.monotonicNanoseconds > limit {
                    let why = firstError ?? "It says nothing."
                    throw BenchError(description: "The server does not let the clients in. \(why)")
                }
            }
        }
        let seconds = Double(Clock.monotonicNanoseconds - start) / 1e9
        while pump(wait: Load.silence) > 0 {}
        return Double(count) / seconds
    }

    /// Connects, asks for the upgrade, and says hello without waiting for the answer.
    private mutating func enter(_ index: Int) throws {
        let slot = try poller.insert(try target.connect())
        precondition(Int(slot) == index)
        clients.append(Client())
        write(upgrade, to: slot)
        if let hello = wire.hello(firstName + index, rooms: seating.rooms(of: index)) {
            send(.text, Array(hello.utf8), from: slot)
        }
    }

    /// Lets a client say something, and waits for the answer of this type; the others go on listening.
    /// - Returns: nanoseconds.
    mutating func ask(_ client: Int, _ json: String, for type: String) throws -> Int64 {
        answers.removeAll(keepingCapacity: true)
        let start = Clock.monotonicNanoseconds
        send(.text, Array(json.utf8), from: Slot(client))
        while !answers.contains(where: { $0.client == client && $0.type == type }) {
            pump(wait: 100)
            if let firstError { throw BenchError(description: "The server said: \(firstError)") }
            if Clock.monotonicNanoseconds - start > patience {
                throw BenchError(description: "No \(type) comes.")
            }
        }
        return Clock.monotonicNanoseconds - start
    }

    // MARK: the schedule

    /// Sends for the given time and waits for the last delivery.
    /// - Parameter rate: messages a second, or nil for one message at a time.
    mutating func drive(rate: Double?, seconds: Double) -> Run {
        let first = intended.count
        run = Run()
        let start = Clock.monotonicNanoseconds
        let end = start + Int64(seconds * 1e9)
        while true {
            let now = Clock.monotonicNanoseconds
            let next = rate.map { start + Int64(Double(intended.count - first) * 1e9 / $0) } ?? now
            if next >= end { break }
            if next > now {
                // Below a millisecond this asks again and again: epoll_wait(2) can't wait for less.
                pump(wait: Int32((next - now) / 1_000_000))
                continue
            }
            publish(at: next)
            if rate == nil { while (missing.last ?? 0) > 0, Clock.monotonicNanoseconds < end { pump(wait: 1) } }
            if rate != nil, intended.count % Load.burst == 0 { pump(wait: 0) }
        }
        return finish(from: first, start)
    }

    /// Sends as many messages, one at a time.
    mutating func drive(messages: Int) -> Run {
        let first = intended.count
        run = Run()
        let start = Clock.monotonicNanoseconds
        for _ in 0..<messages {
            let limit = Clock.monotonicNanoseconds + patience
            publish(at: Clock.monotonicNanoseconds)
            while (missing.last ?? 0) > 0, Clock.monotonicNanoseconds < limit { pump(wait: 1) }
        }
        return finish(from: first, start)
    }

    /// Waits for what is under way.
    private mutating func finish(from first: Int, _ start: Int64) -> Run {
        let limit = Clock.monotonicNanoseconds + patience
        while missing[first...].contains(where: { $0 > 0 }), Clock.monotonicNanoseconds < limit { pump(wait: 10) }
        run.seconds = Double(Clock.monotonicNanoseconds - start) / 1e9
        run.messages = intended.count - first
        run.lost = missing[first...].reduce(0) { $0 + max($1, 0) }
        run.hungUp = hungUp
        run.firstError = firstError
        return run
    }

    private mutating func publish(at time: Int64) {
        let begun = Clock.monotonicNanoseconds
        let index = intended.count
        let room = index % seating.rooms
        let publisher = seating.speaker(in: room, message: index, publishers: publishers, clients: clients.count)
        intended.append(time)
        missing.append(members[room])
        let message =
            isPrivate && wire == .chat
            ? WireProtocol.privateMessage(index, text: text, to: 1)
            : wire.message(index, text: text, in: room, from: publisher, at: Clock.wall)
        send(.text, Array(message.utf8), from: Slot(publisher))
        run.busyNanoseconds += Clock.monotonicNanoseconds - begun
    }

    // MARK: what comes

    /// Waits, and takes what came.
    /// - Returns: how many clients got something.
    @discardableResult
    private mutating func pump(wait milliseconds: Int32) -> Int {
        for slot in Array(unsent.keys) { resume(slot) }
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
        if served > 0 { run.busyNanoseconds += Clock.monotonicNanoseconds - begun }
        return served
    }

    private mutating func receive(_ slot: Slot, _ count: Int) {
        let now = Clock.monotonicNanoseconds
        // The span borrows its array, so the array can't stand in `self` meanwhile.
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        clients[Int(slot)].receive(bytes.span.extracting(0..<count), into: &events)
        swap(&bytes, &buffer)
        for event in events {
            switch event {
            case .message(let seq, let index): deliver(seq, index, to: Int(slot), at: now)
            case .opened: joined += wire == .raw ? 1 : 0
            case .joined:
                joined += 1
                answers.append((Int(slot), "joined"))
            case .ping(let payload): send(.pong, payload, from: slot)
            case .engineAsks: send(.text, [UInt8(ascii: "3")], from: slot)
            case .refused(let why): firstError = firstError ?? why
            case .welcome: break
            case .other(let type): answers.append((Int(slot), type))
            }
        }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func deliver(_ seq: Int, _ index: Int, to client: Int, at now: Int64) {
        guard index < intended.count else { return }
        let place = client * batches + index % batches
        if newest[place] >= seq { run.disordered += 1 }
        newest[place] = seq
        missing[index] -= 1
        run.deliveries += 1
        // Of a private message its sender hears too; what counts is when the other one does.
        if !isPrivate || client == 1 { run.latencies.add(now - intended[index]) }
    }

    private var wire: WireProtocol { target.protocol }
    private var batches: Int { wire == .chat ? 1 : publishers }

    // MARK: what goes

    private mutating func send(_ opcode: Opcode, _ payload: [UInt8], from slot: Slot) {
        guard poller.isOpen(slot) else { return }
        var bytes: [UInt8] = []
        Frame.masked(opcode, payload, key: 0x1234_5678, to: &bytes)
        write(bytes, to: slot)
    }

    private mutating func write(_ bytes: [UInt8], to slot: Slot) {
        unsent[slot, default: []] += bytes
        resume(slot)
    }

    private mutating func resume(_ slot: Slot) {
        guard let bytes = unsent.removeValue(forKey: slot) else { return }
        // That a server has hung up shows in the next read.
        guard case .bytes(let count) = poller.write(slot, bytes, 0..<bytes.count), count < bytes.count else { return }
        unsent[slot] = Array(bytes[count...])
    }
}
