// What is kept of sessions that signed in with a signed token.

internal import Primitives
internal import SignedTokens

struct SignedSessions {
    struct Grant: Equatable {
        /// When the token is not accepted any more, in milliseconds since 1970.
        let expires: Int64
        /// The only rooms that the session may use; nil for all.
        let rooms: [String]?
    }

    /// By slot.
    private(set) var grants: [UInt32: Grant] = [:]
    /// When the sessions are looked at, on CLOCK_MONOTONIC in milliseconds. One that ended before stays in the queue until then.
    private var timers = TimerQueue<SessionID>()

    subscript(slot: UInt32) -> Grant? { grants[slot] }

    mutating func add(_ session: SessionID, _ grant: Grant, at now: Moment) {
        grants[session.slot] = grant
        schedule(session, grant, at: now)
    }

    mutating func remove(_ session: SessionID) { grants[session.slot] = nil }

    /// The wall clock may jump, and sessions end long before their tokens: no wait is longer than a minute.
    private mutating func schedule(_ session: SessionID, _ grant: Grant, at now: Moment) {
        timers.add(session, due: now.monotonic + min(max(grant.expires - now.wall, 0), ChatLimits.signedInterval))
    }

    /// - Parameter isCurrent: whether the session is still the one of its slot.
    /// - Returns: a session whose token has expired.
    mutating func popExpired(at now: Moment, _ isCurrent: (SessionID) -> Bool) -> SessionID? {
        while let session = timers.popDue(at: now.monotonic) {
            guard isCurrent(session), let grant = grants[session.slot] else { continue }
            if now.isClockSettled, grant.expires <= now.wall { return session }
            // Where the clock is not believed, it is asked again soon.
            let wait = grant.expires > now.wall ? grant.expires - now.wall : ChatLimits.signedRetry
            timers.add(session, due: now.monotonic + min(wait, ChatLimits.signedInterval))
        }
        return nil
    }
}
