// Crash records of writes: the slot being written, and the slots whose last write was partial.

extension ConnectionPoller {
    /// The words of shared memory that record writes, so that they can be read after a crash during a write.
    package struct WriteMarker {
        let words: SharedMemory
        let currentSlot: Int
        let unwritten: Int
        let capacity: Int

        /// A slot's word after a partial write, until the owner has recorded which bytes are missing.
        package static let unknown = UInt64.max

        /// - Parameters:
        ///   - currentSlot: the index of the word that gets the slot being written, plus 1; 0 between writes.
        ///   - unwritten: the index of the first slot's word; a word is 0 where all bytes of the slot are written.
        ///   - capacity: the number of slots that have a word.
        package init(words: SharedMemory, currentSlot: Int, unwritten: Int, capacity: Int) {
            precondition(currentSlot < words.count && unwritten + capacity <= words.count)
            self.words = words
            self.currentSlot = currentSlot
            self.unwritten = unwritten
            self.capacity = capacity
        }

        /// Marks the slot as unknown where the write was partial or an earlier one was.
        func recordPartialWrite(_ slot: Slot, isWhole: Bool) {
            guard slot < capacity, !isWhole || words[unwritten + Int(slot)] != 0 else { return }
            words[unwritten + Int(slot)] = WriteMarker.unknown
        }
    }
}
