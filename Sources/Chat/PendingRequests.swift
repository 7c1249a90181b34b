// Requests of programs that wait for the ledger, and how many each user and address may send.

internal import Primitives

struct PendingRequests {
    /// A message is known by its user and its id, whoever sends it again.
    private struct MessageKey: Hashable {
        let user: UserID
        let id: String
    }

    private var posts: [MessageKey: [UInt64]] = [:]
    /// Requests of users whose names the proxy authenticates and the ledger has not stored, by the name's key.
    private var newcomers: [String: [(number: UInt64, request: ProgramRequest)]] = [:]
    /// By user, on CLOCK_MONOTONIC in microseconds.
    private var buckets: [UserID: TokenBucket] = [:]
    private var addresses = AddressRateLimiter(interval: ChatLimits.requestInterval, burst: ChatLimits.requests)

    /// Whether a post waits.
    var hasPosts: Bool { !posts.isEmpty }

    mutating func addPost(_ number: UInt64, _ user: UserID, id: String) {
        posts[MessageKey(user: user, id: id), default: []].append(number)
    }

    /// - Returns: the requests that wait for the message.
    mutating func removePosts(_ user: UserID, id: String) -> [UInt64] {
        posts.removeValue(forKey: MessageKey(user: user, id: id)) ?? []
    }

    mutating func addNewcomer(_ number: UInt64, _ request: ProgramRequest, key: String) {
        newcomers[key, default: []].append((number, request))
    }

    mutating func removeNewcomers(key: String) -> [(number: UInt64, request: ProgramRequest)] {
        newcomers.removeValue(forKey: key) ?? []
    }

    // MARK: budgets

    mutating func take(_ address: IPAddress?, at now: Moment) throws(ProgramRefusal) {
        guard addresses.take(address ?? .unspecified, at: now.monotonic) else {
            throw .tooMany(retry: ChatLimits.requestRetry)
        }
    }

    /// A user's requests have the budget of one session.
    mutating func take(_ user: UserID, _ settings: ChatSettings, at now: Moment) throws(ProgramRefusal) {
        guard settings.rate > 0 else { return }
        let wait = buckets[user, default: TokenBucket()].take(
            interval: Int64(1_000_000 / settings.rate), burst: Int64(settings.burst), at: now.monotonic * 1_000)
        guard wait == 0 else { throw .tooMany(retry: (wait + 999) / 1_000) }
    }

    mutating func removeFull(at now: Int64) {
        addresses.removeFull(at: now)
        if buckets.contains(where: { $0.value.fullAt <= now * 1_000 }) {
            buckets = buckets.filter { $0.value.fullAt > now * 1_000 }
        }
    }
}
