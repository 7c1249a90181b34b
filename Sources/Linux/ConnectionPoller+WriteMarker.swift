// What outlives the process of its writes: the slot that is being written to, and of which slots something may be unwritten.

extension ConnectionPoller {
    /// Where it is noted what is being written, for the case that this is the last thing the process does.
    package struct WriteMarker {
        let words: SharedMemory
        let currentSlot: Int
        let unwritten: Int
        let capacity: Int

        /// In the word of a slot: some of the last write did not go out, and nobody has noted yet what.
        package static let unknown = UInt64.max

        /// - Parameters:
        ///   - underWay: the word that gets the slot that is being written to, plus 1; 0 while there is none.
        ///   - unwritten: the first of the words of the slots; 0 where a slot has nothing unwritten.
        ///   - capacity: slots that have a word.
        package init(words: SharedMemory, currentSlot: Int, unwritten: Int, capacity: Int) {
            precondition(currentSlot < words.count && unwritten + capacity <= words.count)
            self.words = words
            self.currentSlot = currentSlot
            self.unwritten = unwritten
            self.capacity = capacity
        }

        /// Something of a write is missing, or the slot had something unwritten before it.
        func spill(_ slot: Slot, isWhole: Bool) {
            guard slot < capacity, !isWhole || words[unwritten + Int(slot)] != 0 else { return }
            words[unwritten + Int(slot)] = WriteMarker.unknown
        }
    }
}
