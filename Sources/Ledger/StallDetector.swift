// Detects a writer that is stuck: the writer counts its steps, and another thread checks whether the count grows.
//
// The writer reads no clock for this and answers no request: a writer that hangs in the kernel could not answer.

internal import Synchronization

/// The writer's side.
final class ProgressCounter: Sendable {
    private let steps = Atomic<UInt64>(0)
    private let isIdle = Atomic(false)

    /// Counts one step: a committed batch, an answered query or a maintenance step.
    func advance() { steps.add(1, ordering: .releasing) }

    /// Runs `body`, which waits for work. The wait does not count as work; its end counts as a step.
    func idle(_ body: () -> Void) {
        isIdle.store(true, ordering: .releasing)
        body()
        isIdle.store(false, ordering: .releasing)
        advance()
    }

    /// The steps so far, and whether work is in progress now.
    var state: (steps: UInt64, isWorking: Bool) {
        (steps.load(ordering: .acquiring), !isIdle.load(ordering: .acquiring))
    }
}

/// The observer's side. It compares each state with the one before.
struct StallDetector {
    private var steps: UInt64 = 0
    /// Since when work has been due without a step, in milliseconds of the monotonic clock. Nil while none is due.
    private var since: Int64?

    /// - Parameters:
    ///   - isDue: whether there is work to do.
    ///   - now: milliseconds of the monotonic clock.
    /// - Returns: for how many milliseconds work has been due without a step, as far as the calls show.
    mutating func stalled(steps: UInt64, isDue: Bool, at now: Int64) -> Int64 {
        if isDue, steps == self.steps, let since { return now - since }
        self.steps = steps
        since = isDue ? now : nil
        return 0
    }
}
