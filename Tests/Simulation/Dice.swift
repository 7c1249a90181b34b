// Chance, as the seed has it.

import Model

/// All draws of one world, in one order.
final class Dice {
    private(set) var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// 0 up to below `count`; 0 where that is 0.
    func below(_ count: Int) -> Int { count > 0 ? Int(random.next() % UInt64(count)) : 0 }

    func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// Whether it happens, in so many of a thousand cases.
    func permille(_ chance: Int) -> Bool { chance > 0 && below(1_000) < chance }

    func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element where Choices.Index == Int {
        choices[choices.startIndex + below(choices.count)]
    }

    /// Another source, for those that draw for themselves.
    func split() -> SeededRandom { SeededRandom(seed: random.next()) }
}
