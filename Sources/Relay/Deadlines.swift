// Connections that must have got further by a certain time.

internal import DequeModule
internal import Linux

/// A queue of deadlines that are all equally far ahead, so that they fall due in the order in which they were set.
struct Deadlines {
    private struct Item {
        let slot: Slot
        let generation: UInt32
        let due: Int64
    }

    private var items: Deque<Item> = []

    mutating func add(_ slot: Slot, _ generation: UInt32, due: Int64) {
        items.append(Item(slot: slot, generation: generation, due: due))
    }

    /// The first connection of all, whether or not its time has come. It may have gone since.
    mutating func next() -> (slot: Slot, generation: UInt32)? { nextOverdue(at: .max) }

    /// The next connection whose time has come; asked again and again, each once. It may have gone since.
    mutating func nextOverdue(at now: Int64) -> (slot: Slot, generation: UInt32)? {
        guard let item = items.first, item.due <= now else { return nil }
        items.removeFirst()
        return (item.slot, item.generation)
    }
}
