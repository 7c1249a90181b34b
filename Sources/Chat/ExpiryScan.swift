// The scan of all users for reservations that are over, a few users in each tick.

struct ExpiryScan {
    /// The index of the next user to look at.
    private var next = 0
    /// CLOCK_MONOTONIC in milliseconds: no name is released before. Nil until the first tick.
    var releasesFrom: Int64?

    /// Takes the next part of the scan.
    /// - Parameters:
    ///   - count: the number of indices in the user table.
    ///   - now: CLOCK_MONOTONIC in milliseconds.
    /// - Returns: the indices to look at, and whether names may be released already.
    mutating func step(of count: Int, at now: Int64) -> (indices: Range<Int>, releases: Bool) {
        let from = releasesFrom ?? now + ChatLimits.releaseDelay
        releasesFrom = from
        let first = next < count ? next : 0
        next = first + ChatLimits.usersOfTick
        return (first..<next, now >= from)
    }
}
