import Testing

@testable import Chat

@Suite struct NameRegisterTests {
    @Test func namesThatLookTheSameAreTaken() throws {
        var names = NameRegister(seed: 1)
        names.claim(try UserName("Ada"), for: 7)
        #expect(names.isFree(try UserName("ＡＤＡ")) == false)
        #expect(names.owner(ofKey: try UserName("aDa").key) == 7)
        #expect(names.count == 1)
        names.release(try UserName("ada"))
        #expect(names.isFree(try UserName("Ada")))
        #expect(names.count == 0)
    }

    @Test func proposesTheLowestFreeNumber() throws {
        var names = NameRegister(seed: 1)
        let ada = try UserName("Ada")
        names.claim(ada, for: 0)
        #expect(names.proposal(for: ada).text == "Ada2")
        names.claim(try UserName("ada２"), for: 1)
        names.claim(try UserName("ADA4"), for: 2)
        #expect(names.proposal(for: ada).text == "Ada3")
    }

    @Test(arguments: ["Ada", String(repeating: "w", count: 32), String(repeating: "👍", count: 32)])
    func proposalsStayFreeNames(_ text: String) throws {
        var names = NameRegister(seed: 1)
        let wanted = try UserName(text)
        names.claim(wanted, for: 0)
        // Beyond the numbers that are tried one by one, too.
        for slot in 1...300 as ClosedRange<UInt32> {
            let proposal = names.proposal(for: wanted)
            #expect(proposal.text.hasPrefix(wanted.text.prefix(25)))
            names.claim(try UserName(proposal.text), for: slot)
        }
        #expect(names.count == 301)
    }

    /// One character of so many bytes that only one digit fits behind it.
    @Test func proposesAnAssignedNameWhereNoNumberFits() throws {
        var names = NameRegister(seed: 1)
        let wanted = try UserName("e" + String(repeating: "\u{301}", count: 63))
        names.claim(wanted, for: 0)
        for number in 2...9 {
            let proposal = names.proposal(for: wanted)
            #expect(proposal.text == "\(wanted.text)\(number)")
            names.claim(proposal, for: 1)
        }
        #expect(names.proposal(for: wanted).text.contains("-"))
    }

    @Test func assignsFriendlyNamesFromTheSeed() {
        var one = NameRegister(seed: 1)
        var same = NameRegister(seed: 1)
        var other = NameRegister(seed: 2)
        let name = one.assigned().text
        #expect(name == same.assigned().text)
        #expect(name != other.assigned().text)
        #expect(name.split(separator: "-").count == 2)
    }

    @Test func assignsMoreNamesThanThereAreWords() throws {
        var names = NameRegister(seed: 3)
        for slot in 0..<10_000 as Range<UInt32> {
            let name = names.assigned()
            #expect(name.text.count <= ChatLimits.nameCharacters)
            names.claim(name, for: slot)
        }
        #expect(names.count == 10_000)
    }
}
