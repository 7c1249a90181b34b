import Testing

@testable import Chat

@Suite struct TokenTests {
    @Test func theHashIsTheBeginningOfSHA256() {
        // printf %s 910a2dec89025cc1beeb8da1658eec67 | sha256sum
        #expect(Token("910a2dec89025cc1beeb8da1658eec67").hash.hexadecimal == "c24f287a35910c594fe99c76ddb65bb5")
    }

    @Test func hashesAreReadAsTheyAreWritten() {
        let hash = TokenHash(high: 1, low: .max)
        #expect(hash.hexadecimal == "0000000000000001ffffffffffffffff")
        for hash in [hash, TokenHash(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)] {
            #expect(TokenHash(hexadecimal: hash.hexadecimal) == hash)
        }
        for text in ["", "1", String(repeating: "g", count: 32), String(repeating: "0", count: 33)] {
            #expect(TokenHash(hexadecimal: text) == nil)
        }
    }
}
