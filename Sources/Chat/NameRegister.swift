// The names that are taken, and proposals of free ones.

struct NameRegister {
    private enum Holder: Equatable {
        /// The index of the user that has the name.
        case user(UInt32)
        /// A claim or a rename is on its way to the ledger.
        case held
    }

    /// By the name's key.
    private var holders: [String: Holder] = [:]
    /// Names that users gave up. They are among `holders`, too.
    var former = FormerNames()
    /// New names on their way to the ledger. They are held.
    var claims = NameClaims()

    /// Makes room for names that are about to be taken.
    mutating func reserve(_ count: Int) { holders.reserveCapacity(count) }

    /// - Returns: the index of the user that has the name with this key.
    func owner(ofKey key: String) -> UInt32? {
        if case .user(let user) = holders[key] { user } else { nil }
    }

    func isFree(_ name: UserName) -> Bool { holders[name.key] == nil }

    /// Takes a free name, until `give` or `release`.
    mutating func hold(_ name: UserName) {
        precondition(isFree(name), "the name is taken")
        holders[name.key] = .held
    }

    mutating func give(_ name: UserName, to user: UInt32) {
        precondition(owner(ofKey: name.key) == nil, "the name is taken")
        holders[name.key] = .user(user)
    }

    mutating func release(_ name: UserName) {
        precondition(holders.removeValue(forKey: name.key) != nil, "the name is not taken")
    }

    /// - Returns: a free name of two words ("quiet-otter"), with a number where free ones are hard to find.
    func assigned(from random: inout any RandomNumberGenerator) -> UserName {
        var attempt = 0
        var numbers = 9
        while true {
            attempt += 1
            var text = "\(pick(NameWords.adjectives, &random))-\(pick(NameWords.animals, &random))"
            if attempt > ChatLimits.assignedWordTries {
                // Ten times as many numbers in each attempt, so the loop ends after a few attempts.
                numbers = min(numbers * 10 + 9, 999_999_999)
                text += "-\(Int.random(in: 2...numbers, using: &random))"
            }
            if let name = try? UserName(text), isFree(name) { return name }
        }
    }

    /// - Returns: a free name that is like a taken one: with the lowest free number at its end, or with a random one.
    func proposal(for taken: UserName, from random: inout any RandomNumberGenerator) -> UserName {
        for number in ChatLimits.proposalNumbers {
            if let name = taken.appending(String(number)), isFree(name) { return name }
        }
        for _ in 0..<ChatLimits.proposalRandomTries {
            let number = Int.random(in: ChatLimits.proposalRandomNumbers, using: &random)
            if let name = taken.appending(String(number)), isFree(name) { return name }
        }
        return assigned(from: &random)
    }

    private func pick(_ words: [String], _ random: inout any RandomNumberGenerator) -> String {
        words[Int.random(in: words.indices, using: &random)]
    }
}
