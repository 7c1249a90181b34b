import Glibc
import Linux
import Model
import Testing

@testable import Handover

@Suite struct DescriptorStashTests {
    /// Connections with both ends, a store that keeps what it is given, and an stash.
    private final class Setup {
        /// What a service manager would hold.
        var kept: [String: FileDescriptorBox] = [:]
        var stash: DescriptorStash
        var ours: [Slot: Int32] = [:]
        var peers: [Slot: Int32] = [:]
        var numbers: [Slot: UInt64] = [:]
        var last: UInt64 = 0
        private let store: Box

        final class FileDescriptorBox {
            let number: Int32
            init(_ number: Int32) { self.number = dup(number) }
            deinit { close(number) }
        }
        final class Box { weak var setup: Setup? }

        init() {
            let box = Box()
            store = box
            stash = DescriptorStash(store: Setup.store(box))
            box.setup = self
        }

        deinit { for number in Array(ours.values) + Array(peers.values) { close(number) } }

        static func store(_ box: Box) -> DescriptorStore {
            DescriptorStore(
                isLasting: true, add: { box.setup?.kept[$1] = FileDescriptorBox($0) },
                remove: { box.setup?.kept[$0] = nil })
        }

        func source(_ slot: Slot) -> (descriptor: Int32, number: UInt64) { (ours[slot] ?? -1, numbers[slot] ?? 0) }

        func open(_ slot: Slot) throws {
            var pair: [Int32] = [-1, -1]
            try #require(
                unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
            last += 1
            (ours[slot], peers[slot], numbers[slot]) = (pair[0], pair[1], last)
            let error = stash.insert(slot, from: source)
            #expect(error == nil)
        }

        func end(_ slot: Slot) {
            guard let number = ours.removeValue(forKey: slot) else { return }
            UnixSocket.hangUp(FileDescriptor(owning: number))
            numbers[slot] = nil
            stash.remove(slot, from: source)
            peers.removeValue(forKey: slot).map { _ = close($0) }
        }

        /// The process is gone; another one takes over.
        func crash() throws -> [Slot] {
            for number in ours.values { close(number) }
            ours = [:]
            var storedDescriptors = StoredDescriptors()
            for (name, box) in kept.sorted(by: { $0.key < $1.key }) {
                storedDescriptors.add(StoredDescriptor(FileDescriptor(owning: dup(box.number)), name: name))
            }
            stash = DescriptorStash(store: Setup.store(store))
            var found: [Slot] = []
            for (box, queue) in storedDescriptors.takePairs() {
                try stash.adopt(queue, pair: box) { descriptor, slot, number in
                    guard numbers[slot] == number, ours[slot] == nil else { return false }
                    ours[slot] = descriptor.release()
                    found.append(slot)
                    return true
                }
            }
            return found.sorted()
        }

        /// Each connection's end in here is the right one.
        func checkLines() {
            for (slot, number) in ours {
                var byte = UInt8(truncatingIfNeeded: slot)
                #expect(unsafe send(number, &byte, 1, Int32(MSG_NOSIGNAL)) == 1)
                var read: UInt8 = 0
                #expect(unsafe recv(peers[slot] ?? -1, &read, 1, 0) == 1 && read == byte)
            }
        }

        /// Descriptors in flight, as those count that are in no process: all of the stash's messages.
        var inFlight: Int {
            get throws {
                var count = 0
                for (name, box) in kept where name.hasSuffix("b") {
                    let sender = FileDescriptor(owning: dup(box.number))
                    let queue = DescriptorQueue(sender: sender, receiver: FileDescriptor(owning: dup(box.number)))
                    try queue.copies { _, _, _ in count += 1 }
                }
                return count
            }
        }
    }

    @Test func connectionsOutliveCrashes() throws {
        let setup = Setup()
        for slot in 0..<Slot(600) { try setup.open(slot) }
        for slot in stride(from: Slot(0), to: 600, by: 7) { setup.end(slot) }
        let alive = setup.ours.keys.sorted()
        // And again, for what is taken back stays where it was.
        for _ in 0..<3 {
            #expect(try setup.crash() == alive)
            setup.checkLines()
        }
        for slot in stride(from: Slot(0), to: 600, by: 7) { try setup.open(slot) }
        #expect(try setup.crash() == Array(0..<600))
        // New pairs do not take the names of the old ones.
        for slot in 600..<Slot(1_500) { try setup.open(slot) }
        #expect(try setup.crash() == Array(0..<1_500))
        setup.checkLines()
    }

    /// Where the kernel's send buffer is smaller than usual.
    @Test func aPairThatIsFullEarlierIsFollowedByAnother() throws {
        let setup = Setup()
        for slot in 0..<Slot(5) { try setup.open(slot) }
        var size: Int32 = 4_096
        let sender = try #require(setup.kept["e1a"]).number
        #expect(unsafe setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &size, 4) == 0)
        for slot in 5..<Slot(100) { try setup.open(slot) }
        #expect(setup.kept.count == 6)
        #expect(try setup.crash() == Array(0..<100))
    }

    /// Whatever comes and goes: what is dead does not pile up, and nobody is lost at any moment.
    @Test(arguments: 0..<8) func comingsAndGoingsLeaveNothing(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let setup = Setup()
        for step in 0..<6_000 {
            let slot = Slot.random(in: 0..<700, using: &random)
            if setup.ours[slot] == nil { try setup.open(slot) } else { setup.end(slot) }
            if step % 1_500 == 1_499 { #expect(try setup.crash() == setup.numbers.keys.sorted()) }
        }
        setup.checkLines()
        let alive = setup.ours.count
        let inFlight = try setup.inFlight
        #expect(inFlight <= alive + 250 + alive / 16 + 1)
        // Two ends of each pair that holds some, and a spare one or two.
        #expect(setup.kept.count <= 2 * (alive / 125 + 4))
        for slot in setup.ours.keys { setup.end(slot) }
        #expect(setup.kept.count <= 4)
        #expect(try setup.inFlight <= 250)
    }

    @Test func aPairIsMadeBeforeItIsNeeded() throws {
        let setup = Setup()
        try setup.open(0)
        #expect(setup.kept.count == 4)
        for slot in 1..<Slot(251) { try setup.open(slot) }
        #expect(setup.kept.count == 6)
    }

    @Test func connectionsThatAreNotStoredAreCounted() throws {
        final class Names { var stored: Set<String> = [] }
        let names = Names()
        let store = DescriptorStore(
            isLasting: true, add: { _, _ in }, remove: { _ in }, isStored: { names.stored.contains($0) })
        var stash = DescriptorStash(store: store)
        let event = try EventFD()
        let source: DescriptorStash.DescriptorSource = { slot in (event.descriptor, UInt64(slot) + 1) }
        for slot in 0..<Slot(260) { #expect(stash.insert(slot, from: source) == nil) }
        #expect(stash.unstored == 260)
        names.stored = ["e1a", "e1b", "e2a"]
        #expect(stash.unstored == 10, "one end of the second pair is missing")
        names.stored.insert("e2b")
        #expect(stash.unstored == 0)
    }

    @Test func namesAreShortAndTheirOwn() {
        #expect(
            DescriptorStash.name(12, isSender: true) == "e12a" && DescriptorStash.name(12, isSender: false) == "e12b")
        #expect(DescriptorStash.parse("e12b")?.pair == 12 && DescriptorStash.parse("e12b")?.isSender == false)
        for name in ["", "e", "ea", "e12", "x12a", "e012a", "e-1a", "e4294967296a", "websocket"] {
            #expect(DescriptorStash.parse(name) == nil)
        }
    }
}
