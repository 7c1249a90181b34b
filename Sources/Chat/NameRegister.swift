// Who has which name: names are unique here and nowhere else.

/// The names that are taken, and where new ones come from.
struct NameRegister {
    /// The slot of the session that has the name, by the name's key.
    private var owners: [String: UInt32] = [:]
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    var count: Int { owners.count }

    func owner(ofKey key: String) -> UInt32? { owners[key] }

    func isFree(_ name: UserName) -> Bool { owners[name.key] == nil }

    mutating func claim(_ name: UserName, for slot: UInt32) {
        precondition(isFree(name), "the name is taken")
        owners[name.key] = slot
    }

    mutating func release(_ name: UserName) {
        precondition(owners.removeValue(forKey: name.key) != nil, "nobody has the name")
    }

    /// A friendly name that is free ("quiet-otter"); with a number behind it when two words alone are hard to find.
    mutating func assigned() -> UserName {
        var attempt = 0
        var numbers = 9
        while true {
            attempt += 1
            var text = "\(pick(NameWords.adjectives))-\(pick(NameWords.animals))"
            if attempt > ChatLimits.assignedWordTries {
                // Ten times as many numbers each time: some tries later, taken ones are too rare to be met again.
                numbers = min(numbers * 10 + 9, 999_999_999)
                text += "-\(Int.random(in: 2...numbers, using: &random))"
            }
            if let name = try? UserName(text), isFree(name) { return name }
        }
    }

    /// A free name near a taken one: the lowest free number behind it, or a random one where those are taken.
    mutating func proposal(for taken: UserName) -> UserName {
        for number in ChatLimits.proposalNumbers {
            if let name = taken.appending(String(number)), isFree(name) { return name }
        }
        for _ in 0..<ChatLimits.proposalRandomTries {
            let number = Int.random(in: ChatLimits.proposalRandomNumbers, using: &random)
            if let name = taken.appending(String(number)), isFree(name) { return name }
        }
        return assigned()
    }

    private mutating func pick(_ words: [String]) -> String {
        words[Int.random(in: words.indices, using: &random)]
    }
}
