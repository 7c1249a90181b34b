// Who has which name: names are unique here and nowhere else.

/// The names that are taken, and where new ones come from.
struct NameRegister {
    private enum Holder: Equatable {
        /// The place of the user that has it.
        case user(UInt32)
        /// Somebody is getting it: a claim or a rename is on its way through the ledger.
        case held
    }

    /// By the name's key.
    private var holders: [String: Holder] = [:]

    func owner(ofKey key: String) -> UInt32? {
        if case .user(let place) = holders[key] { place } else { nil }
    }

    func isFree(_ name: UserName) -> Bool { holders[name.key] == nil }

    /// Keeps a free name from others until it is `give`n or `release`d.
    mutating func hold(_ name: UserName) {
        precondition(isFree(name), "the name is taken")
        holders[name.key] = .held
    }

    mutating func give(_ name: UserName, to place: UInt32) {
        precondition(owner(ofKey: name.key) == nil, "the name is taken")
        holders[name.key] = .user(place)
    }

    mutating func release(_ name: UserName) {
        precondition(holders.removeValue(forKey: name.key) != nil, "nobody has the name")
    }

    /// A friendly name that is free ("quiet-otter"); with a number behind it when two words alone are hard to find.
    func assigned(from random: inout any RandomNumberGenerator) -> UserName {
        var attempt = 0
        var numbers = 9
        while true {
            attempt += 1
            var text = "\(pick(NameWords.adjectives, &random))-\(pick(NameWords.animals, &random))"
            if attempt > ChatLimits.assignedWordTries {
                // Ten times as many numbers each time: some tries later, taken ones are too rare to be met again.
                numbers = min(numbers * 10 + 9, 999_999_999)
                text += "-\(Int.random(in: 2...numbers, using: &random))"
            }
            if let name = try? UserName(text), isFree(name) { return name }
        }
    }

    /// A free name near a taken one: the lowest free number behind it, or a random one where those are taken.
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
