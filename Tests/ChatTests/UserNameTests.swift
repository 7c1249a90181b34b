import Testing

@testable import Chat

@Suite struct UserNameTests {
    @Test(
        arguments: [
            "Ada", "a", "Ada Byron", "Ада", "艾达", "ＡＤＡ", "José", "Jose\u{301}", "नमस्ते", "می\u{200C}خواهم", "👩🏽‍💻", "❤️", "1️⃣",
            "🇫🇷", "O'Neill \"x\" <b>", String(repeating: "w", count: 32), String(repeating: "👍", count: 32),
        ])
    func isAName(_ text: String) throws {
        #expect(try UserName(text).text == text)
    }

    @Test(
        arguments: [
            ("", .empty), ("  \u{3000}\n", .empty), (String(repeating: "w", count: 33), .tooLong),
            (String(repeating: "👍🏽", count: 17), .tooLong), (String(repeating: "x", count: 10_000), .tooLong),
            ("a\u{0}", .invisible), ("a\tb", .invisible), ("a\nb", .invisible), ("a\u{7F}b", .invisible),
            ("a\u{85}b", .invisible), ("a\u{2028}b", .invisible), ("a\u{2029}b", .invisible),
            ("a\u{202E}b", .invisible), ("a\u{2066}b", .invisible), ("a\u{200B}b", .invisible),
            ("\u{FEFF}a", .invisible), ("a\u{AD}b", .invisible), ("a\u{E000}", .invisible),
            ("a\u{378}", .invisible), ("a\u{10FFFF}", .invisible), ("\u{3164}", .invisible),
            ("\u{2800}", .invisible), ("a\u{2800}b", .invisible), ("\u{1D159}", .invisible), ("\u{13441}", .invisible),
            ("\u{13442}", .invisible), ("\u{FFFC}", .invisible), ("a\u{16FE4}", .invisible),
            ("a\u{34F}b", .invisible), ("a\u{3164}b", .invisible), ("a\u{115F}b", .invisible),
            ("\u{FE0F}", .invisible), ("\u{FE0F}a", .invisible),
            ("\u{301}a", .invisible),
            ("a\u{200D}b", .invisible), ("\u{200D}é", .invisible), ("é\u{200D}", .invisible),
            ("a\u{E0067}", .invisible),
        ] as [(String, NameError)])
    func isNotAName(_ text: String, _ flaw: NameError) {
        #expect(throws: flaw) { try UserName(text) }
    }

    /// A restart keeps a user that has a name from before, and its connections.
    @Test func storedNamesMayHaveBlankSymbols() throws {
        for text in ["\u{1D159}", "\u{13441}", "a\u{FFFC}"] { #expect(try UserName(stored: text).text == text) }
        #expect(throws: NameError.invisible) { try UserName(stored: "\u{3164}") }
    }

    @Test func isTrimmed() throws {
        #expect(try UserName(" \u{3000}Ada Byron\u{A0}\n").text == "Ada Byron")
    }

    /// The planes with invisible characters in them.
    @Test(arguments: [0...0xFFFF, 0x1D000...0x1FFFF, 0xE0000...0xE0FFF] as [ClosedRange<UInt32>])
    func everyCharacterIsRefusedOrHasAKey(_ range: ClosedRange<UInt32>) {
        let scalars = range.compactMap { Unicode.Scalar($0) }
        #expect(scalars.filter { (try? UserName(String($0)))?.key.isEmpty == true } == [])
    }

    @Test(
        arguments: [
            ("Ada", "2", "Ada2"), ("Ada ", "2", "Ada2"),
            (String(repeating: "w", count: 32), "17", String(repeating: "w", count: 30) + "17"),
            (String(repeating: "👍", count: 32), "2", String(repeating: "👍", count: 31) + "2"),
            (String(repeating: "w", count: 30) + " w", "2", String(repeating: "w", count: 30) + "2"),
            (String(repeating: "👍🏽", count: 16), "2", String(repeating: "👍🏽", count: 15) + "2"),
        ])
    func isCutForAnEnding(_ text: String, _ ending: String, _ expected: String) throws {
        #expect(try UserName(text).appending(ending)?.text == expected)
    }
}
