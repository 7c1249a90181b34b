// Detects jumps of the wall clock. What can't be undone (a deletion by age, the release of a name, the end of a ban) waits until
// the clock has been steady for a day.

package struct ClockJumpDetector {
    /// Milliseconds that count as a jump: days are what ages are counted in. Smaller steps are followed.
    package static let tolerance: Int64 = 86_400_000
    /// Milliseconds for which the clock must go on steadily before it is believed: time for an administrator to set it right.
    package static let settling: Int64 = 86_400_000

    /// The wall clock minus the monotonic one, as it is believed; nil before the first check.
    private var offset: Int64?
    /// When the jump was seen, in milliseconds of the monotonic clock; nil without one.
    private var jumpedAt: Int64?
    /// Where the clock stood then, in the form of `offset`.
    private var jumpedTo: Int64 = 0
    /// An earlier reading of the wall clock, in milliseconds.
    private let reference: Int64?

    /// - Parameter reference: a time that the wall clock has shown lately, in milliseconds; the first check compares with it.
    package init(reference: Int64? = nil) { self.reference = reference }

    /// By how many milliseconds the wall clock has jumped, as far as that is not believed; 0 for a steady clock.
    package private(set) var jump: Int64 = 0

    package var isSettled: Bool { jump == 0 }

    /// Compares the clocks, both in milliseconds. To be called often.
    package mutating func check(wall: Int64, monotonic: Int64) {
        let current = wall - monotonic
        let believed = offset ?? reference.map { $0 - monotonic } ?? current
        offset = believed
        guard abs(current - believed) > ClockJumpDetector.tolerance else { return believe(current) }
        jump = current - believed
        // Another jump begins another wait.
        if jumpedAt == nil || abs(current - jumpedTo) > ClockJumpDetector.tolerance { jumpedAt = monotonic }
        jumpedTo = current
        if let jumpedAt, monotonic - jumpedAt >= ClockJumpDetector.settling { believe(current) }
    }

    /// An administrator says that the clock is right now.
    package mutating func accept(wall: Int64, monotonic: Int64) { believe(wall - monotonic) }

    private mutating func believe(_ current: Int64) { (offset, jumpedAt, jump) = (current, nil, 0) }
}
