// A copy of every connection's descriptor, kept where it outlives this process: in flight inside socket pairs, whose ends are
// in the service manager's descriptor store (systemd.service(5), FileDescriptorStoreMax=). One stored descriptor for each
// connection would cost the service manager time that grows with their square.

package import Linux

package struct DescriptorStash {
    /// A socket pair, and the slots that were put into it; some of their connections have ended since, or are in another pair.
    private final class Pair {
        let queue: DescriptorQueue
        let number: UInt32
        var slots: [Slot] = []
        var live = 0
        /// Whether all of its room is used. It is free again once the pair is emptied.
        var isFull = false

        init(_ queue: DescriptorQueue, number: UInt32) {
            self.queue = queue
            self.number = number
        }

        var dead: Int { slots.count - live }
    }

    /// Connections of one pair: the default send buffer (net.core.wmem_default) has room for 278.
    private static let pairSlots = 250
    /// Ended connections that may stay in the pairs, and one more for so many open ones: they count against the limit of
    /// descriptors in flight (RLIMIT_NOFILE, unix(7)), and each takes a closed socket's memory.
    private static let deadSlots = 250
    private static let openSlotsForDeadSlot = 16
    /// In `pairOfSlot`: in no pair.
    private static let none = UInt32.max

    private var pairs: [UInt32: Pair] = [:]
    /// The one that takes new connections, and an empty one for later: the service manager needs some time to store it.
    private var current: Pair?
    private var spare: Pair?
    private var lastPair: UInt32 = 0
    /// The pair of each slot.
    private var pairOfSlot: [UInt32] = []
    private var live = 0
    private var dead = 0
    private let store: DescriptorStore
    /// Gives the descriptor and the number of the connection in a slot.
    package typealias DescriptorSource = (Slot) -> (descriptor: Int32, number: UInt64)

    package init(store: DescriptorStore) { self.store = store }

    /// Whether the copies outlive a crash of this process.
    package var isLasting: Bool { store.isLasting }

    package func holds(_ slot: Slot) -> Bool {
        slot < pairOfSlot.count && pairOfSlot[Int(slot)] != DescriptorStash.none
    }

    /// Open connections whose pair the store does not have yet: they would not survive a crash.
    package var unstored: Int {
        pairs.values.reduce(0) { count, pair in
            let isStored = [true, false].allSatisfy { store.isStored(DescriptorStash.name(pair.number, isSender: $0)) }
            return count + (isStored ? 0 : pair.live)
        }
    }

    /// All ends of pairs, with their names, for a process that replaces itself without a service manager.
    package var ends: [(number: Int32, name: String)] {
        pairs.values.sorted { $0.number < $1.number }.flatMap { pair in
            [
                (pair.queue.ends.sender, DescriptorStash.name(pair.number, isSender: true)),
                (pair.queue.ends.receiver, DescriptorStash.name(pair.number, isSender: false)),
            ]
        }
    }

    // MARK: connections

    /// The pair that takes the next connection; makes another before it is needed.
    private mutating func pairWithRoom() throws(SystemError) -> Pair {
        if let current, !current.isFull { return current }
        let pair = if let spare { spare } else { try makePair() }
        current = pair
        spare = try? makePair()
        return pair
    }

    /// Makes pairs before they are needed.
    /// - Throws: where the process has no descriptors for them.
    package mutating func prepare() throws(SystemError) { _ = try pairWithRoom() }

    /// Keeps a copy of the connection from now on.
    /// - Returns: why it could not be kept, or nil.
    @discardableResult
    package mutating func insert(_ slot: Slot, from source: DescriptorSource) -> SystemError? {
        do throws(SystemError) {
            try put(slot, from: source)
            return nil
        } catch {
            return error
        }
    }

    /// The connection has ended.
    package mutating func remove(_ slot: Slot, from source: DescriptorSource) {
        guard holds(slot), let pair = pairs[pairOfSlot[Int(slot)]] else { return }
        leave(slot, pair)
        if pair.live == 0, pair !== current { empty(pair) }
        if dead > DescriptorStash.deadSlots + live / DescriptorStash.openSlotsForDeadSlot { compact(from: source) }
    }

    private mutating func put(_ slot: Slot, from source: DescriptorSource) throws(SystemError) {
        let (descriptor, number) = source(slot)
        var pair = try pairWithRoom()
        do throws(SystemError) {
            try pair.queue.append(descriptor, slot: slot, number: number)
        } catch {
            if error.isFull {
                pair.isFull = true
            } else if error.isTooManyReferences, dead > 0 {
                // Ended connections need not be in flight.
                compact(from: source)
            } else {
                throw error
            }
            pair = try pairWithRoom()
            try pair.queue.append(descriptor, slot: slot, number: number)
        }
        note(slot, in: pair)
    }

    private mutating func note(_ slot: Slot, in pair: Pair) {
        while pairOfSlot.count <= Int(slot) { pairOfSlot.append(DescriptorStash.none) }
        pairOfSlot[Int(slot)] = pair.number
        pair.slots.append(slot)
        pair.live += 1
        live += 1
        pair.isFull = pair.slots.count >= DescriptorStash.pairSlots
    }

    /// The slot's copy in the pair counts as dead from now on.
    private mutating func leave(_ slot: Slot, _ pair: Pair) {
        pairOfSlot[Int(slot)] = DescriptorStash.none
        pair.live -= 1
        live -= 1
        dead += 1
    }

    /// Empties the pair with the most dead copies. The live ones go into another pair first, so that each is always in one.
    private mutating func compact(from source: DescriptorSource) {
        guard let pair = pairs.values.max(by: { $0.dead < $1.dead }), pair.dead > 0 else { return }
        if pair === current { current = nil }
        for slot in pair.slots where holds(slot) && pairOfSlot[Int(slot)] == pair.number {
            leave(slot, pair)
            // Where this fails the connection goes on, but will not outlive a crash.
            insert(slot, from: source)
        }
        empty(pair)
    }

    private mutating func empty(_ pair: Pair) {
        pair.queue.drain()
        dead -= pair.slots.count
        pair.slots = []
        pair.isFull = false
        if current == nil {
            current = pair
        } else if spare == nil {
            spare = pair
        } else if pair !== spare, pair !== current {
            pairs[pair.number] = nil
            for isSender in [true, false] { store.remove(DescriptorStash.name(pair.number, isSender: isSender)) }
        }
    }

    private mutating func makePair() throws(SystemError) -> Pair {
        lastPair += 1
        let pair = Pair(try DescriptorQueue(), number: lastPair)
        pairs[pair.number] = pair
        store.add(pair.queue.ends.sender, DescriptorStash.name(pair.number, isSender: true))
        store.add(pair.queue.ends.receiver, DescriptorStash.name(pair.number, isSender: false))
        return pair
    }

    // MARK: names, and pairs of the process before

    /// The name of one end of a pair in the descriptor store; short, as `StoredDescriptor` says.
    static func name(_ pair: UInt32, isSender: Bool) -> String { "e\(pair)\(isSender ? "a" : "b")" }

    /// The pair and the end that a name means.
    static func parse(_ name: String) -> (pair: UInt32, isSender: Bool)? {
        guard name.first == "e", let end = name.last, end == "a" || end == "b",
            let pair = UInt32(name.dropFirst().dropLast()), DescriptorStash.name(pair, isSender: end == "a") == name
        else { return nil }
        return (pair, end == "a")
    }

    /// Takes over a pair of the process before, and gives out copies of the descriptors in it.
    /// - Parameter claim: gets each copy; returns whether its connection goes on.
    /// - Throws: where the pair can't be read, or the process has no free descriptor.
    package mutating func adopt(
        _ queue: DescriptorQueue, pair number: UInt32,
        claim: (consuming FileDescriptor, Slot, _ number: UInt64) -> Bool
    ) throws(SystemError) {
        lastPair = max(lastPair, number)
        let pair = Pair(queue, number: number)
        pairs[number] = pair
        var found: [(slot: Slot, lives: Bool)] = []
        try queue.copies { descriptor, slot, number in
            found.append((slot, claim(descriptor, slot, number)))
        }
        for (slot, lives) in found {
            if lives, !holds(slot) {
                note(slot, in: pair)
            } else {
                pair.slots.append(slot)
                dead += 1
            }
        }
        pair.isFull = pair.slots.count >= DescriptorStash.pairSlots
        if pair.live == 0 {
            empty(pair)
        } else if !pair.isFull, current == nil {
            current = pair
        }
    }
}
