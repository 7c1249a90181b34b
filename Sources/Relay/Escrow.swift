// A copy of every connection's descriptor, where it outlives this process: in flight in pairs of sockets, whose ends the
// service manager keeps (its fd store, systemd.service(5), FileDescriptorStoreMax=). To store each connection by itself would
// cost the service manager time with the square of them.

internal import Linux
internal import Systemd

struct DescriptorStash {
    /// A queue, and which slots were put into it; some of them have gone since, or are elsewhere.
    private final class Box {
        let queue: DescriptorQueue
        let number: UInt32
        var slots: [Slot] = []
        var live = 0
        /// Whether it takes no more: all its room is used, until it is emptied.
        var isFull = false

        init(_ queue: DescriptorQueue, number: UInt32) {
            self.queue = queue
            self.number = number
        }

        var dead: Int { slots.count - live }
    }

    /// Connections of one pair: fewer than fit into the default send buffer (net.core.wmem_default), which takes 278.
    private static let boxSlots = 250
    /// Dead ones that are let lie, and how many more of each so many connections: they count against the limit of
    /// descriptors in flight (RLIMIT_NOFILE), and each is a closed socket's memory.
    private static let restingSlots = 250
    private static let restingShare = 16
    /// In `homes`: in no box.
    private static let nowhere = UInt32.max

    private var boxes: [UInt32: Box] = [:]
    /// The one that takes newcomers, and an empty one that will be next: to store it takes the manager a moment.
    private var current: Box?
    private var spare: Box?
    private var lastBox: UInt32 = 0
    /// The box of each slot.
    private var homes: [UInt32] = []
    private var live = 0
    private var dead = 0
    private let store: DescriptorStore
    /// How a slot's copy is made, and its connection's number.
    typealias Source = (Slot) -> (descriptor: Int32, number: UInt64)

    init(store: DescriptorStore) { self.store = store }

    func holds(_ slot: Slot) -> Bool { slot < homes.count && homes[Int(slot)] != DescriptorStash.nowhere }

    /// All ends of pairs, with their names, for a process that has no service manager to keep them.
    var ends: [(number: Int32, name: String)] {
        boxes.values.sorted { $0.number < $1.number }.flatMap { box in
            [
                (box.queue.ends.sender, DescriptorStash.name(box.number, isSender: true)),
                (box.queue.ends.receiver, DescriptorStash.name(box.number, isSender: false)),
            ]
        }
    }

    // MARK: what goes in and out

    /// The box that takes the next one; makes another before it is needed.
    private mutating func room() throws(SystemError) -> Box {
        if let current, !current.isFull { return current }
        let box = if let spare { spare } else { try makeBox() }
        current = box
        spare = try? makeBox()
        return box
    }

    /// Makes pairs before they are needed.
    mutating func prepare() throws(SystemError) { _ = try room() }

    /// A copy of the connection is kept from now on.
    /// - Returns: what was in the way; then it is not kept.
    @discardableResult
    mutating func insert(_ slot: Slot, from source: Source) -> SystemError? {
        do throws(SystemError) {
            try put(slot, from: source)
            return nil
        } catch {
            return error
        }
    }

    /// The connection is over.
    mutating func remove(_ slot: Slot, from source: Source) {
        guard holds(slot), let box = boxes[homes[Int(slot)]] else { return }
        leave(slot, box)
        if box.live == 0, box !== current { empty(box) }
        if dead > DescriptorStash.restingSlots + live / DescriptorStash.restingShare { compact(from: source) }
    }

    private mutating func put(_ slot: Slot, from source: Source) throws(SystemError) {
        let (descriptor, number) = source(slot)
        var box = try room()
        do throws(SystemError) {
            try box.queue.append(descriptor, slot: slot, number: number)
        } catch {
            if error.isFull {
                box.isFull = true
            } else if error.isTooManyReferences, dead > 0 {
                // Those that are dead need not be in flight.
                compact(from: source)
            } else {
                throw error
            }
            box = try room()
            try box.queue.append(descriptor, slot: slot, number: number)
        }
        note(slot, in: box)
    }

    private mutating func note(_ slot: Slot, in box: Box) {
        while homes.count <= Int(slot) { homes.append(DescriptorStash.nowhere) }
        homes[Int(slot)] = box.number
        box.slots.append(slot)
        box.live += 1
        live += 1
        box.isFull = box.slots.count >= DescriptorStash.boxSlots
    }

    /// What is in the box for the slot is dead.
    private mutating func leave(_ slot: Slot, _ box: Box) {
        homes[Int(slot)] = DescriptorStash.nowhere
        box.live -= 1
        live -= 1
        dead += 1
    }

    /// The box with the most dead ones is emptied; those that live go into another first, so that at no moment one is in none.
    private mutating func compact(from source: Source) {
        guard let box = boxes.values.max(by: { $0.dead < $1.dead }), box.dead > 0 else { return }
        if box === current { current = nil }
        for slot in box.slots where holds(slot) && homes[Int(slot)] == box.number {
            leave(slot, box)
            // Where it fails the connection goes on, but would not outlive a crash.
            insert(slot, from: source)
        }
        empty(box)
    }

    private mutating func empty(_ box: Box) {
        box.queue.drain()
        dead -= box.slots.count
        box.slots = []
        box.isFull = false
        if current == nil {
            current = box
        } else if spare == nil {
            spare = box
        } else if box !== spare, box !== current {
            boxes[box.number] = nil
            for isSender in [true, false] { store.remove(DescriptorStash.name(box.number, isSender: isSender)) }
        }
    }

    private mutating func makeBox() throws(SystemError) -> Box {
        lastBox += 1
        let box = Box(try DescriptorQueue(), number: lastBox)
        boxes[box.number] = box
        store.add(box.queue.ends.sender, DescriptorStash.name(box.number, isSender: true))
        store.add(box.queue.ends.receiver, DescriptorStash.name(box.number, isSender: false))
        return box
    }

    // MARK: of the process before

    /// Short, for all names together have to fit into an environment variable (128 KiB, execve(2)).
    static func name(_ box: UInt32, isSender: Bool) -> String { "e\(box)\(isSender ? "a" : "b")" }

    /// The box and the end that a name means.
    static func parse(_ name: String) -> (box: UInt32, isSender: Bool)? {
        guard name.first == "e", let end = name.last, end == "a" || end == "b",
            let box = UInt32(name.dropFirst().dropLast()), DescriptorStash.name(box, isSender: end == "a") == name
        else { return nil }
        return (box, end == "a")
    }

    /// Takes over a pair, and gives out copies of what is in it.
    /// - Parameter claim: takes a connection, or throws its copy away; whether it lives.
    mutating func adopt(
        _ queue: DescriptorQueue, box number: UInt32,
        claim: (consuming FileDescriptor, Slot, _ number: UInt64) -> Bool
    ) throws(SystemError) {
        lastBox = max(lastBox, number)
        let box = Box(queue, number: number)
        boxes[number] = box
        var found: [(slot: Slot, lives: Bool)] = []
        try queue.copies { descriptor, slot, number in
            found.append((slot, claim(descriptor, slot, number)))
        }
        for (slot, lives) in found {
            if lives, !holds(slot) {
                note(slot, in: box)
            } else {
                box.slots.append(slot)
                dead += 1
            }
        }
        box.isFull = box.slots.count >= DescriptorStash.boxSlots
        if box.live == 0 {
            empty(box)
        } else if !box.isFull, current == nil {
            current = box
        }
    }
}
