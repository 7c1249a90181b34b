import Model
import Testing

@testable import Chat

@Suite struct NameRegisterTests {
    @Test func namesThatLookTheSameAreTaken() throws {
        var (names, _) = emptyRegister(seed: 1)
        names.give(try UserName("Ada"), to: 7)
        #expect(names.isFree(try UserName("ＡＤＡ")) == false)
        #expect(names.owner(ofKey: try UserName("aDa").key) == 7)
        names.release(try UserName("ada"))
        #expect(names.isFree(try UserName("Ada")))
    }

    @Test func proposesTheLowestFreeNumber() throws {
        var (names, random) = emptyRegister(seed: 1)
        let ada = try UserName("Ada")
        names.give(ada, to: 0)
        #expect(names.proposal(for: ada, from: &random).text == "Ada2")
        names.give(try UserName("ada２"), to: 1)
        names.give(try UserName("ADA4"), to: 2)
        #expect(names.proposal(for: ada, from: &random).text == "Ada3")
    }

    @Test(arguments: ["Ada", String(repeating: "w", count: 32), String(repeating: "👍", count: 32)])
    func proposalsStayFreeNames(_ text: String) throws {
        var (names, random) = emptyRegister(seed: 1)
        let wanted = try UserName(text)
        names.give(wanted, to: 0)
        // More than the numbers that are tried in order.
        for slot in 1...300 as ClosedRange<UInt32> {
            let proposal = names.proposal(for: wanted, from: &random)
            #expect(proposal.text.hasPrefix(wanted.text.prefix(25)))
            names.give(try UserName(proposal.text), to: slot)
        }
    }

    /// One character of so many bytes that only one digit fits behind it.
    @Test func proposesAnAssignedNameWhereNoNumberFits() throws {
        var (names, random) = emptyRegister(seed: 1)
        let wanted = try UserName("e" + String(repeating: "\u{301}", count: 63))
        names.give(wanted, to: 0)
        for number in 2...9 {
            let proposal = names.proposal(for: wanted, from: &random)
            #expect(proposal.text == "\(wanted.text)\(number)")
            names.give(proposal, to: 1)
        }
        #expect(names.proposal(for: wanted, from: &random).text.contains("-"))
    }

    @Test func assignsFriendlyNamesFromTheSeed() {
        var (one, two): (any RandomNumberGenerator, any RandomNumberGenerator) = (
            SeededRandom(seed: 1), SeededRandom(seed: 1)
        )
        var other: any RandomNumberGenerator = SeededRandom(seed: 2)
        let names = NameRegister()
        let name = names.assigned(from: &one).text
        #expect(name == names.assigned(from: &two).text)
        #expect(name != names.assigned(from: &other).text)
        #expect(name.split(separator: "-").count == 2)
    }

    @Test func assignsMoreNamesThanThereAreWords() throws {
        var (names, random) = emptyRegister(seed: 3)
        for slot in 0..<10_000 as Range<UInt32> {
            let name = names.assigned(from: &random)
            #expect(name.text.count <= ChatLimits.nameCharacters)
            names.give(name, to: slot)
        }
    }

    @Test func heldNamesAreTakenWithoutAnOwner() throws {
        var (names, _) = emptyRegister(seed: 1)
        let ada = try UserName("Ada")
        names.hold(ada)
        #expect(!names.isFree(try UserName("ADA")))
        #expect(names.owner(ofKey: ada.key) == nil)
        names.give(ada, to: 3)
        #expect(names.owner(ofKey: ada.key) == 3)
    }

    private func emptyRegister(seed: UInt64) -> (NameRegister, any RandomNumberGenerator) {
        (NameRegister(), SeededRandom(seed: seed))
    }
}
