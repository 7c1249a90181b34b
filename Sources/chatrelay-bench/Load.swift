// The load: all clients on one epoll set and one thread, and the schedule that drives them.

import Linux
import WebSocket

struct Load: ~Copyable {
    private var crowd: Crowd
    private let text: String
    private var clients: [Client] = []
    private var ready: [Readiness] = []
    private var events: [Received] = []
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    /// For each message since the start: when it was to be sent, and how many still have to get it.
    private var intended: [Int64] = []
    private var missing: [Int] = []
    private var deliveries = 0
    private var disordered = 0
    private var latencies = Histogram()

    init(crowd: consuming Crowd, text: String) {
        self.crowd = crowd
        self.text = text
    }

    // MARK: coming in

    /// Opens the connections, all named and in the lobby; some are under way at a time.
    /// - Returns: connections a second.
    mutating func connect(_ count: Int, to path: String) throws -> Double {
        let start = Clock.monotonicNanoseconds
        while clients.count < count {
            for index in clients.count..<min(clients.count + Load.newcomers, count) { try enter(index, path) }
            while clients.contains(where: { !$0.isIn }) { pump(wait: 100) }
        }
        return Double(count) / (Double(Clock.monotonicNanoseconds - start) / 1e9)
    }

    /// Connections that are being made at a time.
    private static let newcomers = 100

    /// Connects, asks for the upgrade, and says hello without waiting for the answer.
    private mutating func enter(_ index: Int, _ path: String) throws {
        let slot = try crowd.insert(try UnixSocket.connect(path: path))
        precondition(Int(slot) == index)
        clients.append(Client())
        let request = [
            "GET /ws HTTP/1.1", "Host: bench", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: chatrelay.v1", "", "",
        ]
        try write(Array(request.joined(separator: "\r\n").utf8), to: slot)
        try send(#"{"type":"hello","name":"bench-\#(index)"}"#, from: slot)
    }

    // MARK: the schedule

    /// Sends for the given time and waits for the last delivery.
    /// - Parameter rate: messages a second, or nil for one message at a time.
    mutating func drive(publishers: Int, rate: Double?, seconds: Double) -> Result {
        let first = intended.count
        (deliveries, disordered, latencies) = (0, 0, Histogram())
        let own = ServerProcess(process: Process.identifier)
        let (start, cpu) = (Clock.monotonicNanoseconds, own.cpuSeconds)
        let end = start + Int64(seconds * 1e9)
        while true {
            let now = Clock.monotonicNanoseconds
            let next = rate.map { start + Int64(Double(intended.count - first) * 1e9 / $0) } ?? now
            if next >= end { break }
            if next > now {
                pump(wait: Int32((next - now) / 1_000_000))
                continue
            }
            publish(at: next, from: Slot(intended.count % publishers))
            if rate == nil { while missing[intended.count - 1] > 0, Clock.monotonicNanoseconds < end { pump(wait: 1) } }
            if rate != nil, intended.count % 16 == 0 { pump(wait: 0) }
        }
        let limit = Clock.monotonicNanoseconds + 10_000_000_000
        while missing[first...].contains(where: { $0 > 0 }), Clock.monotonicNanoseconds < limit { pump(wait: 10) }
        let elapsed = Double(Clock.monotonicNanoseconds - start) / 1e9
        return Result(
            messages: intended.count - first, deliveries: deliveries, lost: missing[first...].reduce(0, +),
            disordered: disordered, seconds: elapsed, latencies: latencies, busy: (own.cpuSeconds - cpu) / elapsed)
    }

    private mutating func publish(at time: Int64, from slot: Slot) {
        let index = intended.count
        intended.append(time)
        missing.append(clients.count)
        try? send(#"{"type":"message","id":"\#(index)","room":"lobby","text":"\#(text)"}"#, from: slot)
    }

    // MARK: bytes

    private mutating func pump(wait milliseconds: Int32) {
        crowd.poll(into: &ready, wait: milliseconds)
        let now = Clock.monotonicNanoseconds
        for event in ready {
            guard case .bytes(let count) = crowd.read(event.slot, into: &buffer) else { continue }
            receive(event.slot, count, at: now)
        }
        ready.removeAll(keepingCapacity: true)
    }

    private mutating func receive(_ slot: Slot, _ count: Int, at now: Int64) {
        // The span borrows its array, so the array can't stand in `self` meanwhile.
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        clients[Int(slot)].receive(bytes.span.extracting(0..<count), into: &events)
        swap(&bytes, &buffer)
        for event in events {
            switch event {
            case .message(let seq, let index):
                if clients[Int(slot)].lastSeq >= seq { disordered += 1 }
                clients[Int(slot)].lastSeq = seq
                missing[index] -= 1
                deliveries += 1
                latencies.add(now - intended[index])
            case .joined: clients[Int(slot)].isIn = true
            case .other: break
            }
        }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func send(_ json: String, from slot: Slot) throws {
        var bytes: [UInt8] = []
        Frame.masked(.text, Array(json.utf8), key: 0x1234_5678, to: &bytes)
        try write(bytes, to: slot)
    }

    private mutating func write(_ bytes: [UInt8], to slot: Slot) throws {
        var done = 0
        while done < bytes.count {
            switch crowd.write(slot, bytes, done..<bytes.count) {
            case .bytes(let count): done += count
            case .gone: throw SystemError(code: 0, attempt: "send: the server hung up")
            }
            if done < bytes.count { pump(wait: 0) }
        }
    }
}
