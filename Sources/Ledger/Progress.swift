// Whether the writer gets on with its work: it counts its steps, and another thread looks whether they grow.
//
// No clock is read for it, and nothing is asked of the writer: one that hangs in the kernel could not answer.

internal import Synchronization

/// The writer's side.
final class Progress: Sendable {
    private let steps = Atomic<UInt64>(0)
    private let isResting = Atomic(false)

    /// A batch is committed, a question answered, a step of housekeeping made.
    func advance() { steps.add(1, ordering: .releasing) }

    /// Waits for work in `body`.
    func rest(_ body: () -> Void) {
        isResting.store(true, ordering: .releasing)
        body()
        isResting.store(false, ordering: .releasing)
        advance()
    }

    /// What there is to see now: how many steps were made, and whether there is work under way.
    var sight: (steps: UInt64, isWorking: Bool) {
        (steps.load(ordering: .acquiring), !isResting.load(ordering: .acquiring))
    }
}

/// Looks at it from time to time.
struct ProgressWatch {
    private var steps: UInt64 = 0
    /// Since when there has been work, and no step was made. Nil where there was none to do.
    private var since: Int64?

    /// - Parameters:
    ///   - isDue: whether there is something to do.
    ///   - now: milliseconds of the monotonic clock.
    /// - Returns: for how many milliseconds there has been something to do and nothing was done, as far as the looks show it.
    mutating func look(steps: UInt64, isDue: Bool, at now: Int64) -> Int64 {
        if isDue, steps == self.steps, let since { return now - since }
        self.steps = steps
        since = isDue ? now : nil
        return 0
    }
}
