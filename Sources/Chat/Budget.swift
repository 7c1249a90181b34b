// How many commands a session may send: a token bucket.

/// A token bucket, kept as one number: the moment when it will be full again. It holds `burst` commands; what is missing
/// comes back at `rate` a second.
struct Budget: Equatable {
    /// CLOCK_MONOTONIC in microseconds; in the past for a full bucket.
    var fullAt: Int64 = .min
    /// Commands refused, a long one several times, less those accepted since.
    var refused: Int32 = 0

    enum Verdict: Equatable {
        case accepted
        /// Refused; the next one is accepted after so many milliseconds.
        case refused(retry: Int64)
        /// Refused too often: enough.
        case exhausted
    }

    /// Takes one command out of the bucket.
    /// - Parameters:
    ///   - bytes: its length.
    ///   - now: CLOCK_MONOTONIC in milliseconds.
    mutating func take(_ bytes: Int, at now: Int64, _ settings: ChatSettings) -> Verdict {
        guard settings.rate > 0 else { return .accepted }
        let now = now * 1_000
        let cost = Int64(1_000_000 / settings.rate)
        fullAt = max(fullAt, now)
        let over = fullAt + cost - (now + cost * Int64(settings.burst))
        guard over > 0 else {
            fullAt += cost
            refused = max(refused - 1, 0)
            return .accepted
        }
        refused += Int32(1 + bytes / ChatLimits.refusedBytes)
        guard refused <= ChatLimits.refusedBursts * settings.burst else { return .exhausted }
        return .refused(retry: (over + 999) / 1_000)
    }
}
