extension RandomAccessCollection {
    /// The first index whose element satisfies the predicate, in a collection where all elements after such a one do, too;
    /// `endIndex` where none does. O(log n).
    @inlinable package func partitioningIndex(where belongsToSecond: (Element) throws -> Bool) rethrows -> Index {
        var (low, count) = (startIndex, self.count)
        while count > 0 {
            let half = count / 2
            let middle = index(low, offsetBy: half)
            if try belongsToSecond(self[middle]) {
                count = half
            } else {
                low = index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}
