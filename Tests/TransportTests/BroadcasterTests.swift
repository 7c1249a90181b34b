// Broadcaster over real sockets, held against a naive model: for each session the list of all that it should get.

import Bridge
import Chat
import Compression
import Glibc
import Linux
import Model
import Testing
import WebSocket

@testable import Transport

@Suite struct BroadcasterTests {
    /// Sessions with both ends, and what each should have received.
    private struct Setup: ~Copyable {
        var poller: ConnectionPoller
        var broadcaster = Broadcaster()
        var peers: [Int32] = []
        var expected: [[UInt8]] = []
        var received: [[UInt8]] = []
        private var members: [Int: Set<Int>] = [:]
        private let deflater = Deflater()

        private init(_ poller: consuming ConnectionPoller) { self.poller = poller }

        /// - Parameters:
        ///   - sendBuffer: bytes that the kernel takes for each peer before it says stop.
        ///   - compressed: those with which compression was agreed on.
        static func with(_ count: Int, sendBuffer: Int32? = nil, compressed: Set<Int> = []) throws -> Setup {
            var setup = Setup(try ConnectionPoller(batch: 64))
            for _ in 0..<count {
                var pair: [Int32] = [0, 0]
                let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
                try #require(unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0)
                if var size = sendBuffer {
                    unsafe setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
                }
                setup.broadcaster.insert(try setup.poller.insert(FileDescriptor(owning: pair[0])))
                setup.poller.set(.compressed, Slot(setup.peers.count), to: compressed.contains(setup.peers.count))
                setup.peers.append(pair[1])
                setup.expected.append([])
                setup.received.append([])
            }
            return setup
        }

        deinit { for peer in peers { close(peer) } }

        mutating func publish(_ text: String, _ room: Int) {
            var event = SocketIOEvent(Array(text.utf8), ledger: "")
            broadcaster.publish(Array(text.utf8), &event, to: RoomID(index: UInt32(room)))
            for member in members[room] ?? [] { expect(text, member) }
        }

        mutating func send(_ text: String, _ slot: Int) {
            broadcaster.send(Array(text.utf8), to: Slot(slot), in: &poller)
            expect(text, slot)
        }

        private mutating func expect(_ text: String, _ slot: Int) {
            if poller.has(.compressed, Slot(slot)) {
                Frame.message(.text, Array(text.utf8), deflater, to: &expected[slot])
            } else {
                Frame.text(Array(text.utf8), to: &expected[slot])
            }
        }

        mutating func toggle(_ slot: Int, _ room: Int) {
            let id = RoomID(index: UInt32(room))
            let form: BroadcastForm = poller.has(.compressed, Slot(slot)) ? .compressed : .plain
            if members[room, default: []].remove(slot) != nil {
                broadcaster.unsubscribe(Slot(slot), from: id, form, in: &poller)
            } else {
                members[room, default: []].insert(slot)
                broadcaster.subscribe(Slot(slot), to: id, form, in: &poller)
            }
        }

        mutating func readersLag(at now: Int64) -> Bool { broadcaster.probe.readersLag(poller, at: now) }

        mutating func read(_ slot: Int, atMost count: Int = 1 << 16) {
            var buffer = [UInt8](repeating: 0, count: count)
            let result = unsafe recv(peers[slot], &buffer, count, 0)
            if result > 0 { received[slot] += buffer[..<result] }
        }

        /// Flushes, and lets what can be written go on.
        mutating func turn() {
            broadcaster.flush(&poller, at: 0)
            var ready: [Readiness] = []
            poller.poll(into: &ready)
            for event in ready where event.writable { broadcaster.resume(event.slot, &poller) }
        }
    }

    @Test func aRoomGetsOneWriteForAllOfATick() throws {
        var setup = try Setup.with(3)
        for slot in 0..<3 { setup.toggle(slot, 0) }
        setup.turn()
        let before = setup.poller.writes
        setup.publish("one", 0)
        setup.publish("two", 0)
        setup.turn()
        #expect(setup.poller.writes - before == 3)
        for slot in 0..<3 { setup.read(slot) }
        #expect(setup.received == setup.expected)
        #expect(setup.broadcaster.deliveries == 6)
    }

    @Test func whoComesOrGoesInATickGetsItsPartOfIt() throws {
        var setup = try Setup.with(3)
        setup.toggle(0, 0)
        setup.toggle(1, 0)
        setup.turn()
        setup.publish("before", 0)
        setup.toggle(1, 0)
        setup.toggle(2, 0)
        setup.publish("after", 0)
        setup.send("direct", 2)
        setup.turn()
        for slot in 0..<3 { setup.read(slot) }
        #expect(setup.received == setup.expected)
        #expect(setup.received[1].count == 2 + "before".utf8.count)
    }

    /// A connection of Socket.IO with both namespaces gets both forms.
    @Test(.timeLimit(.minutes(1))) func aConnectionMayGetTwoFormsOfARoom() throws {
        var setup = try Setup.with(2)
        let room = RoomID(index: 0)
        for form in [BroadcastForm.plain, .socketIO(.native)] {
            setup.broadcaster.subscribe(0, to: room, form, in: &setup.poller)
        }
        setup.turn()
        for text in [#"{"type":"a"}"#, #"{"type":"b"}"#] {
            var event = SocketIOEvent(Array(text.utf8), ledger: "")
            setup.broadcaster.publish(Array(text.utf8), &event, to: room)
            Frame.text(Array(text.utf8), to: &setup.expected[0])
            Frame.text(
                Array(#"42/chatrelay.v1,["\#(text.dropFirst(9).prefix(1))",\#(text)]"#.utf8), to: &setup.expected[0])
        }
        setup.turn()
        setup.read(0)
        #expect(setup.received == setup.expected)
    }

    @Test func aSessionInSeveralRoomsGetsTheOneOrder() throws {
        var setup = try Setup.with(3)
        for slot in 0..<2 { for room in 0..<2 { setup.toggle(slot, room) } }
        setup.toggle(2, 1)
        setup.turn()
        for index in 0..<6 { setup.publish("m\(index)", index % 2) }
        setup.turn()
        for slot in 0..<3 { setup.read(slot) }
        #expect(setup.received == setup.expected)
    }

    @Test func aLargeTickIsProbedUntilItsLastRecipientHasReadIt() throws {
        let many = TransportLimits.probedRecipients
        var setup = try Setup.with(many)
        for slot in 0..<many { setup.toggle(slot, 0) }
        setup.turn()
        let before = setup.readersLag(at: 1_000)
        #expect(setup.broadcaster.probe.slot == nil && !before)
        setup.publish("one", 0)
        setup.turn()
        #expect(setup.broadcaster.probe.slot == Slot(many - 1))
        let unread = [setup.readersLag(at: 1_000), setup.readersLag(at: 1_019)]
        setup.read(many - 1)
        let read = setup.readersLag(at: 1_019)
        #expect(unread == [true, true] && !read && setup.broadcaster.probe.slot == nil)
    }

    @Test func aRecipientThatDoesNotReadIsWaitedForOnceAndForAWhile() throws {
        let many = TransportLimits.probedRecipients
        var setup = try Setup.with(many)
        for slot in 0..<many { setup.toggle(slot, 0) }
        setup.turn()
        setup.publish("one", 0)
        setup.turn()
        let first = setup.readersLag(at: 1_000)
        let lags = [first, setup.readersLag(at: 1_000 + TransportLimits.gatherMilliseconds)]
        #expect(lags == [true, false])
        setup.publish("two", 0)
        setup.turn()
        let next = try #require(setup.broadcaster.probe.slot)
        #expect(next != Slot(many - 1))
        setup.read(Int(next))
        let afterReading = setup.readersLag(at: 2_000)
        #expect(!afterReading)
        // One whose outbox is not empty says nothing of the others.
        setup.poller.set(.queued, next, to: true)
        setup.publish("three", 0)
        setup.turn()
        #expect(setup.broadcaster.probe.slot == nil)
        setup.poller.set(.queued, next, to: false)
        setup.toggle(0, 0)
        setup.publish("four", 0)
        setup.turn()
        #expect(setup.broadcaster.probe.slot == nil, "a smaller tick is not probed")
    }

    @Test func aSlowReaderGetsEverythingInOrderAndIsCounted() throws {
        var setup = try Setup.with(2, sendBuffer: 4_608)
        setup.toggle(0, 0)
        setup.toggle(1, 0)
        let text = String(repeating: "x", count: 1_000)
        for index in 0..<200 {
            setup.publish("\(index)\(text)", 0)
            setup.turn()
            setup.read(0)
        }
        #expect(setup.broadcaster.outbox(0).isEmpty)
        #expect(setup.broadcaster.outbox(1).bytes > 100_000)
        #expect(setup.broadcaster.takeChanged().contains(1))
        while setup.received[1].count < setup.expected[1].count {
            let before = setup.received[1].count
            setup.read(1, atMost: 3_000)
            setup.turn()
            try #require(setup.received[1].count > before)
        }
        #expect(setup.received == setup.expected)
        let isQueued = setup.poller.has(.queued, 1)
        #expect(setup.broadcaster.outbox(1).isEmpty && !isQueued)
    }

    @Test func aCutQueueEndsWithAWholeFrameAndWhatComesNext() throws {
        var setup = try Setup.with(1, sendBuffer: 4_608)
        setup.toggle(0, 0)
        for _ in 0..<50 {
            setup.publish(String(repeating: "y", count: 1_000), 0)
            setup.turn()
        }
        let close = Frame.close(4000, reason: "slow")
        setup.broadcaster.cutOutbox(of: 0)
        setup.broadcaster.sendBytes(close, to: 0, in: &setup.poller)
        setup.turn()
        while !setup.broadcaster.outbox(0).isEmpty {
            setup.read(0)
            setup.turn()
        }
        setup.read(0)
        let got = setup.received[0]
        #expect(got.count < setup.expected[0].count)
        #expect(Array(got.suffix(close.count)) == close)
        let body = got.count - close.count
        #expect(Outbox.boundary(in: got, from: body) == body)
    }

    @Test(arguments: 0..<50)
    func randomTicksGiveEachSessionWhatTheNaiveModelGives(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let sessions = 6
        var setup = try Setup.with(
            sessions, sendBuffer: seed % 2 == 0 ? nil : 4_608, compressed: seed % 3 == 0 ? [1, 2, 5] : [])
        for step in 0..<400 {
            let slot = Int(random.next() % UInt64(sessions))
            let room = Int(random.next() % 4)
            switch random.next() % 10 {
            case 0, 1: setup.toggle(slot, room)
            case 2: setup.send("\(step) to \(slot) " + String(repeating: "y", count: step), slot)
            case 3, 4: setup.turn()
            case 5: setup.read(slot, atMost: 2_000)
            default:
                setup.publish("\(step) in \(room) " + String(repeating: "z", count: Int(random.next() % 500)), room)
            }
        }
        var rounds = 0
        while rounds < 1_000, setup.received.map(\.count) != setup.expected.map(\.count) {
            rounds += 1
            setup.turn()
            for slot in 0..<sessions { setup.read(slot) }
        }
        #expect(setup.received == setup.expected, "seed \(seed)")
    }
}
