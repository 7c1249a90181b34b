// The codes of links for another device, and what waits until the ledger has stored it: new devices and recovery codes.

internal import Primitives

/// A new device that the ledger has not stored yet.
struct PendingDevice {
    let user: UserID
    let session: SessionID
    let hello: HelloCommand
    let token: Token
    /// The link that it uses up, and its code.
    let link: (SignInCodes.Link, TokenHash)?
    /// Whether the client has chosen the token.
    let isTokenOfClient: Bool
}

struct SignInCodes {
    struct Link {
        let user: UserID
        /// On CLOCK_MONOTONIC in milliseconds.
        let due: Int64
    }

    private(set) var links: [TokenHash: Link] = [:]
    private var linksOfUser: [UserID: [TokenHash]] = [:]
    private var linkDeadlines = TimerQueue<TokenHash>()
    /// By the device's token.
    private var devices: [TokenHash: PendingDevice] = [:]
    /// New recovery codes and the sessions that get them, by their hashes.
    private var recoveries: [TokenHash: (code: OneTimeCode, session: SessionID)] = [:]
    var rateLimiter = AddressRateLimiter(interval: ChatLimits.codeInterval, burst: ChatLimits.codes)

    /// Whether nothing waits for the ledger.
    var isSettled: Bool { devices.isEmpty && recoveries.isEmpty }

    // MARK: links

    /// A user has few links: the oldest is void when there is one too many.
    mutating func add(_ link: Link, _ code: TokenHash) {
        links[code] = link
        linkDeadlines.add(code, due: link.due)
        linksOfUser[link.user, default: []].append(code)
        if let all = linksOfUser[link.user], all.count > ChatLimits.linksOfUser { _ = takeLink(all[0], at: .min) }
    }

    /// - Returns: the link, which is void now; nil for an unknown code, and for one whose time is over.
    mutating func takeLink(_ code: TokenHash, at now: Int64) -> Link? {
        guard let link = links.removeValue(forKey: code) else { return nil }
        linksOfUser[link.user]?.removeAll { $0 == code }
        if linksOfUser[link.user]?.isEmpty == true { linksOfUser[link.user] = nil }
        return link.due > now ? link : nil
    }

    mutating func removeLinks(of user: UserID) {
        for code in linksOfUser.removeValue(forKey: user) ?? [] { links[code] = nil }
    }

    mutating func removeExpired(at now: Int64) {
        while let code = linkDeadlines.popDue(at: now) {
            if let link = links[code], link.due <= now { _ = takeLink(code, at: now) }
        }
        rateLimiter.removeFull(at: now)
    }

    // MARK: waiting for the ledger

    func hasDevice(of user: UserID) -> Bool { devices.values.contains { $0.user == user } }

    mutating func add(_ device: PendingDevice) { devices[device.token.hash] = device }

    mutating func removeDevice(_ token: TokenHash) -> PendingDevice? { devices.removeValue(forKey: token) }

    mutating func addRecovery(_ code: OneTimeCode, for session: SessionID) { recoveries[code.hash] = (code, session) }

    mutating func removeRecovery(_ hash: TokenHash) -> (code: OneTimeCode, session: SessionID)? {
        recoveries.removeValue(forKey: hash)
    }
}
