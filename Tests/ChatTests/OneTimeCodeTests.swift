import Model
import Testing

@testable import Chat

@Suite struct OneTimeCodeTests {
    private func made(_ seed: UInt64) -> OneTimeCode {
        var random: any RandomNumberGenerator = SeededRandom(seed: seed)
        return OneTimeCode(from: &random)
    }

    @Test func aCodeIsReadAsItIsShown() {
        for seed in 1...100 as ClosedRange<UInt64> {
            let code = made(seed)
            #expect(code.text.split(separator: "-").map(\.count) == [4, 4, 4, 4, 4])
            #expect(code.text.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ-".contains($0) })
            #expect(OneTimeCode(code.text) == code)
            #expect(OneTimeCode(code.text.lowercased().replacing("-", with: "")) == code)
            #expect(OneTimeCode(" " + code.text.replacing("0", with: "O").replacing("1", with: "i")) == code)
        }
        #expect(Set((1...100 as ClosedRange<UInt64>).map { made($0).hash }).count == 100)
    }

    @Test(arguments: [
        "", "x", "0000-0000-0000-0000-000", "0000-0000-0000-0000-00000", "0000-0000-0000-0000-000U",
        "0000-0000-0000-0000-000é",
    ])
    func whatIsNoCodeIsRefused(_ text: String) { #expect(OneTimeCode(text) == nil) }

    @Test func everyDigitIsUsed() {
        let digits = Set((1...200 as ClosedRange<UInt64>).flatMap { Array(made($0).text) })
        #expect(digits.count == 33)
    }
}
