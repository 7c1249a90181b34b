// New names on their way to the ledger.

/// One name that the ledger has not stored yet.
struct PendingClaim {
    let name: UserName
    /// The new user's token; nil with names from the proxy.
    let token: Token?
    /// Whether an administrator makes it for a program.
    var isBot = false
    /// That of the signed token; nil for other users.
    var subject: String?
    /// The sessions that sign in when the ledger has stored the name. Several are possible with names from the proxy, and with a
    /// token that the session was connected with.
    var sessions: [(id: SessionID, hello: HelloCommand)]
}

struct NameClaims {
    /// By the name's key.
    private(set) var pending: [String: PendingClaim] = [:]
    var rateLimiter = AddressRateLimiter(interval: ChatLimits.newNameInterval, burst: ChatLimits.newNames)

    var isEmpty: Bool { pending.isEmpty }

    subscript(key: String) -> PendingClaim? { pending[key] }

    /// The name that is being stored for the user of this token.
    func name(of token: Token) -> UserName? { pending.values.first { $0.token == token }?.name }

    /// The key of the name that is being stored for the user of this subject.
    func key(ofSubject subject: String) -> String? {
        pending.values.first { $0.subject?.utf8.elementsEqual(subject.utf8) ?? false }?.name.key
    }

    mutating func add(_ claim: PendingClaim) { pending[claim.name.key] = claim }

    /// Adds a session to a pending claim.
    mutating func join(_ key: String, _ session: SessionID, _ hello: HelloCommand) {
        pending[key]?.sessions.append((session, hello))
    }

    /// - Returns: the claim of an entry that the ledger has stored or refused; nil for a claim that this chat did not make.
    mutating func remove(_ entry: Claim) -> PendingClaim? {
        (try? UserName(stored: entry.name)).flatMap { pending.removeValue(forKey: $0.key) }
    }
}
