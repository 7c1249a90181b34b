// What a client has of each place, and what it may believe to have: the stretches of the one order in which it has all.

/// A part of the one order: of everything in it that is for the client, the client has all.
struct Stretch {
    /// It begins above this number; unknown until something happens after it.
    var low: UInt64?
    var high: UInt64
    /// From here on it has all that ever was, also what was deleted since.
    var strictFrom: UInt64?
}

/// What a client has of one place: a room, or the private messages of the user that it is.
struct Coverage {
    private(set) var stretches: [Stretch] = []
    /// The one that grows with what happens.
    private(set) var current: Int?

    /// Whether there is a stretch that can be gone on with from there.
    func canResume(at position: UInt64) -> Bool { stretch(at: position) != nil }

    private func stretch(at position: UInt64) -> Int? {
        stretches.firstIndex { stretch in stretch.low.map { $0 <= position && position <= stretch.high } == true }
    }

    /// Goes on where it was.
    mutating func resume(at position: UInt64) { current = stretch(at: position) }

    /// All above `position` came, deleted or not.
    mutating func isStrict(from position: UInt64) {
        guard let current, stretches[current].strictFrom == nil else { return }
        stretches[current].strictFrom = position
    }

    /// There is a gap: what comes from here on is another stretch.
    mutating func begin(low: UInt64?, high: UInt64) {
        current = stretches.count
        stretches.append(Stretch(low: low, high: high))
        join()
    }

    /// It has all up to there.
    mutating func reach(_ position: UInt64) {
        guard let current else { return }
        stretches[current].high = max(stretches[current].high, position)
        if stretches[current].low == nil { stretches[current].low = position }
    }

    /// Something has happened: if nothing was known of the time before, it is the time before this.
    mutating func happened(_ seq: UInt64) {
        guard let current, stretches[current].low == nil else { return }
        stretches[current].low = seq - 1
    }

    /// The place is heard no more.
    mutating func end(at position: UInt64) {
        reach(position)
        current = nil
    }

    mutating func stop() { current = nil }

    /// Where the newest stretch begins, if there is an older one with a gap between.
    var gap: UInt64? {
        guard let current, let low = stretches[current].low, low > 0 else { return nil }
        return stretches.indices.contains { $0 != current && stretches[$0].high < low } ? low : nil
    }

    /// A page of history reaches down to there.
    mutating func reachDown(to low: UInt64, from before: UInt64) {
        guard let current, stretches[current].low == before else { return }
        stretches[current].low = min(low, before)
        join()
    }

    /// What the newest stretch meets, it takes in.
    private mutating func join() {
        guard let current else { return }
        while let low = stretches[current].low,
            let other = stretches.firstIndex(where: { stretch in
                stretch.low.map { $0 < low && stretch.high >= low } == true
            })
        {
            stretches[current].low = stretches[other].low
        }
    }
}
