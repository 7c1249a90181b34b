import Testing

@testable import WebSocket

@Suite struct UTF8CheckerTests {
    /// How many bytes are taken before the text is found wrong, or nil where it is valid (so far).
    private func firstWrong(_ bytes: [UInt8]) -> Int? {
        for count in 1...max(bytes.count, 1) where count <= bytes.count {
            var checker = UTF8Checker()
            if !checker.accept(Array(bytes[..<count]), from: 0) { return count }
        }
        return nil
    }

    @Test(
        arguments: [
            ([0x80], 1), ([0xbf], 1), ([0xc0], 1), ([0xc1], 1), ([0xf5], 1), ([0xff], 1), ([0x61, 0xfe], 2),
            ([0xc2, 0x61], 2), ([0xe0, 0x9f], 2), ([0xed, 0xa0], 2), ([0xf0, 0x8f], 2), ([0xf4, 0x90], 2),
            ([0xe4, 0xbd, 0x61], 3), ([0xf0, 0x9f, 0x98, 0xc0], 4), ([0xe4, 0xbd, 0xa0, 0x80], 4),
        ] as [([UInt8], Int)])
    func wrongTextIsFoundAtTheFirstByteThatShowsIt(bytes: [UInt8], at count: Int) {
        #expect(firstWrong(bytes) == count)
    }

    @Test func everyScalarIsAcceptedAndItsPrefixesAreNoEnd() {
        for value in stride(from: UInt32(0), through: 0x10ffff, by: 37) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(String(scalar).utf8)
            for count in 1...bytes.count {
                var checker = UTF8Checker()
                let isAccepted = checker.accept(Array(bytes[..<count]), from: 0)
                #expect(isAccepted && checker.isAtBoundary == (count == bytes.count))
            }
        }
    }

    @Test(arguments: 0..<300)
    func randomBytesAreJudgedAsTheStandardLibraryDoes(seed: UInt64) {
        var random = Random(state: seed)
        let starts: [UInt8] = [0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xe4, 0xed, 0xf0, 0xf3, 0xf4]
        let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in starts.randomElement(using: &random) ?? 0 }
        var checker = UTF8Checker()
        let split = Int.random(in: 0...bytes.count, using: &random)
        let isValid = checker.accept(Array(bytes[..<split]), from: 0) && checker.accept(bytes, from: split)
        #expect((isValid && checker.isAtBoundary) == (String(validating: bytes, as: UTF8.self) != nil))
    }
}
