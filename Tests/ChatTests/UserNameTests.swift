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
            ("a\u{0}", .unshowable), ("a\tb", .unshowable), ("a\nb", .unshowable), ("a\u{7F}b", .unshowable),
            ("a\u{85}b", .unshowable), ("a\u{2028}b", .unshowable), ("a\u{2029}b", .unshowable),
            ("a\u{202E}b", .unshowable), ("a\u{2066}b", .unshowable), ("a\u{200B}b", .unshowable),
            ("\u{FEFF}a", .unshowable), ("a\u{AD}b", .unshowable), ("a\u{E000}", .unshowable),
            ("a\u{378}", .unshowable), ("a\u{10FFFF}", .unshowable), ("\u{3164}", .unshowable),
            ("\u{2800}", .unshowable),
            ("a\u{34F}b", .unshowable), ("a\u{3164}b", .unshowable), ("a\u{115F}b", .unshowable),
            ("\u{FE0F}", .unshowable), ("\u{FE0F}a", .unshowable),
            ("\u{301}a", .unshowable),
            ("a\u{200D}b", .unshowable), ("\u{200D}é", .unshowable), ("é\u{200D}", .unshowable),
            ("a\u{E0067}", .unshowable),
        ] as [(String, UserName.Flaw)])
    func isNoName(_ text: String, _ flaw: UserName.Flaw) {
        #expect(throws: flaw) { try UserName(text) }
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
