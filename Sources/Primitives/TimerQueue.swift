// Deadlines, the earliest first, whatever the waits are. The caller reads the clock.

package import HeapModule

/// A priority queue of deadlines. An entry is never taken out before its time: the caller checks whether it still matters.
package struct TimerQueue<Key: Sendable>: Sendable {
    @usableFromInline struct TimerEntry: Comparable, Sendable {
        @usableFromInline let due: Int64
        /// Equal deadlines fire in the order in which they were added. It wraps around, and then two may change places.
        @usableFromInline let order: UInt32
        @usableFromInline let key: Key

        @inlinable init(due: Int64, order: UInt32, key: Key) {
            self.due = due
            self.order = order
            self.key = key
        }

        @inlinable static func < (a: TimerEntry, b: TimerEntry) -> Bool { (a.due, a.order) < (b.due, b.order) }
        @inlinable static func == (a: TimerEntry, b: TimerEntry) -> Bool { (a.due, a.order) == (b.due, b.order) }
    }

    @usableFromInline var heap = Heap<TimerEntry>()
    @usableFromInline var added: UInt32 = 0

    @inlinable package init() {}

    @inlinable package var isEmpty: Bool { heap.isEmpty }

    /// - Parameter due: the deadline, on the clock whose time `popDue` is given.
    @inlinable package mutating func add(_ key: Key, due: Int64) {
        heap.insert(TimerEntry(due: due, order: added, key: key))
        added &+= 1
    }

    /// Takes out the earliest entry whose deadline is not after `now`, or returns nil.
    @inlinable package mutating func popDue(at now: Int64) -> Key? {
        guard let first = heap.min, first.due <= now else { return nil }
        return heap.removeMin().key
    }

    /// Takes out the entry with the earliest deadline, due or not.
    @inlinable package mutating func popFirst() -> Key? { heap.popMin()?.key }

    /// All entries, the earliest first.
    package var sorted: [(key: Key, due: Int64)] { heap.unordered.sorted().map { ($0.key, $0.due) } }
}
