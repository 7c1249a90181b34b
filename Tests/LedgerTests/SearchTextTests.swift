import Testing

@testable import Ledger

@Suite struct SearchTextTests {
    @Test(arguments: [
        ("plain words", "plain words"), ("", ""), ("naïve Ελλάδα", "naïve Ελλάδα"), ("你好", " 你 好"), ("a你b", "a 你 b"),
        ("ไปกิน", " ไ ป กิ น"), ("학교", " 학 교"), ("カラ-", " カ ラ -"), ("𠀀x", " 𠀀 x"), ("हिन्दी", "हिन्दी"),
    ])
    func spacesStandWhereAScriptPutsNone(text: String, segmented: String) {
        #expect(SearchText.segmented(text) == segmented)
    }

    @Test(arguments: [
        ("hello", "\"hello\" *"), ("hello world", "\"hello\" \"world\" *"), ("你好 x", "\" 你 好\" \"x\" *"),
        ("a\"b OR* NEAR(c)", "\"a b\" \"OR \" \"NEAR c \" *"), ("nul\0 text:x", "\"nul \" \"text x\" *"),
        ("wow !!! \t", "\"wow\" *"), ("don't", "\"don t\" *"),
    ])
    func wordsBecomePhrasesWithoutSyntax(words: String, expression: String) {
        #expect(SearchText.expression(words) == expression)
    }

    @Test(arguments: ["", "  ", "!?", "\u{301}", "👍 …", "\""]) func withoutALetterOrDigitThereIsNothing(words: String) {
        #expect(SearchText.expression(words) == nil)
    }
}
