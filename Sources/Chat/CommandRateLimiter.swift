// The rate limit of one session's commands.

internal import Primitives

/// A token bucket of `ChatSettings.burst` commands that refills at `ChatSettings.rate` a second, and a count of refusals.
struct CommandRateLimiter: Equatable {
    /// On CLOCK_MONOTONIC in microseconds.
    var bucket = TokenBucket()
    /// Refused commands, a long one counted several times, less the commands accepted since.
    var refused: Int32 = 0

    enum Verdict: Equatable {
        case accepted
        /// Refused; a command is accepted again after this many milliseconds.
        case refused(retry: Int64)
        /// Refused, and too many were refused before: the session is to be closed.
        case exhausted
    }

    /// Takes one command out of the bucket.
    /// - Parameters:
    ///   - bytes: the command's length.
    ///   - now: CLOCK_MONOTONIC in milliseconds.
    mutating func take(_ bytes: Int, at now: Int64, _ settings: ChatSettings) -> Verdict {
        guard settings.rate > 0 else { return .accepted }
        let wait = bucket.take(
            interval: Int64(1_000_000 / settings.rate), burst: Int64(settings.burst), at: now * 1_000)
        guard wait > 0 else {
            refused = max(refused - 1, 0)
            return .accepted
        }
        refused += Int32(1 + bytes / ChatLimits.refusedBytes)
        guard refused <= ChatLimits.refusedBursts * settings.burst else { return .exhausted }
        return .refused(retry: (wait + 999) / 1_000)
    }
}
