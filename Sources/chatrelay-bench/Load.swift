// The load: all clients on one epoll set and one thread, and the schedule that drives them.

import Linux
import WebSocket

struct Load: ~Copyable {
    /// Sockets that one wait tells of.
    static let readyBatch = 1_024
    /// Connections that are being made at a time.
    private static let newcomers = 100
    /// Nanoseconds in which a batch of newcomers, or the last deliveries of a run, have to arrive.
    private static let patience: Int64 = 20_000_000_000
    /// Milliseconds of silence after which nothing more is expected of the joins.
    private static let silence: Int32 = 200
    /// Messages sent in a row, where the schedule is behind, before what came is read.
    private static let burst = 16

    private var crowd: Crowd
    private let publishers: Int
    private let wire: WireProtocol
    private let text: String

    private var clients: [Client] = []
    private var joined = 0
    private var hungUp = 0
    private var firstError: String?
    private var ready: [Readiness] = []
    private var events: [Received] = []
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    /// What a server that lags has not taken yet.
    private var unsent: [Slot: [UInt8]] = [:]

    /// For each message since the start: when it was to be sent, and how many still have to get it.
    private var intended: [Int64] = []
    private var missing: [Int] = []
    /// The newest sequence number that a client has seen; with `raw` one for each publisher, whose frames a server may
    /// interleave as it likes.
    private var newest: [Int] = []
    private var run = Run()

    init(crowd: consuming Crowd, publishers: Int, protocol wire: WireProtocol, text: String) {
        self.crowd = crowd
        self.publishers = publishers
        self.wire = wire
        self.text = text
    }

    // MARK: coming in

    /// Opens the connections, with `chat` all named and in the lobby, and waits until the last joins have been told.
    /// - Returns: connections a second.
    mutating func connect(_ count: Int, to path: String) throws -> Double {
        newest = Array(repeating: 0, count: count * lanes)
        let start = Clock.monotonicNanoseconds
        while clients.count < count {
            for index in clients.count..<min(clients.count + Load.newcomers, count) { try enter(index, path) }
            let limit = Clock.monotonicNanoseconds + Load.patience
            while joined < clients.count {
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
    private mutating func enter(_ index: Int, _ path: String) throws {
        let slot = try crowd.insert(try UnixSocket.connect(path: path))
        precondition(Int(slot) == index)
        clients.append(Client())
        write(WireProtocol.upgrade, to: slot)
        if let hello = wire.hello(index) { send(.text, Array(hello.utf8), from: slot) }
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
        let limit = Clock.monotonicNanoseconds + Load.patience
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
        let publisher = index % publishers
        intended.append(time)
        missing.append(clients.count)
        let message = wire.message(index, text: text, from: publisher, at: Clock.wall)
        send(.text, Array(message.utf8), from: Slot(publisher))
        run.busyNanoseconds += Clock.monotonicNanoseconds - begun
    }

    // MARK: what comes

    /// Waits, and takes what came.
    /// - Returns: how many clients got something.
    @discardableResult
    private mutating func pump(wait milliseconds: Int32) -> Int {
        for slot in Array(unsent.keys) { resume(slot) }
        crowd.poll(into: &ready, wait: unsent.isEmpty ? milliseconds : 0)
        let begun = Clock.monotonicNanoseconds
        for event in ready {
            switch crowd.read(event.slot, into: &buffer) {
            case .wouldBlock: break
            case .bytes(let count): receive(event.slot, count)
            case .ended:
                crowd.remove(event.slot)
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
            case .joined: joined += 1
            case .ping(let payload): send(.pong, payload, from: slot)
            case .refused(let why): firstError = firstError ?? why
            case .other: break
            }
        }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func deliver(_ seq: Int, _ index: Int, to client: Int, at now: Int64) {
        guard index < intended.count else { return }
        let place = client * lanes + (wire == .raw ? index % publishers : 0)
        if newest[place] >= seq { run.disordered += 1 }
        newest[place] = seq
        missing[index] -= 1
        run.deliveries += 1
        run.latencies.add(now - intended[index])
    }

    private var lanes: Int { wire == .raw ? publishers : 1 }

    // MARK: what goes

    private mutating func send(_ opcode: Opcode, _ payload: [UInt8], from slot: Slot) {
        guard crowd.isOpen(slot) else { return }
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
        guard case .bytes(let count) = crowd.write(slot, bytes, 0..<bytes.count), count < bytes.count else { return }
        unsent[slot] = Array(bytes[count...])
    }
}
