import Testing

@testable import Chat

@Suite struct BlankTextTests {
    @Test(
        arguments: [
            "", " \n\u{3000}", "\u{2800}", "\u{3164}", "\u{AD}", "\u{200B}", "\u{FEFF}", "\u{115F}\u{1160}", "\u{FFA0}",
            "\u{2063} \u{2060}", "\u{202E}\u{2066}", "\u{61C}", "\u{180E}", "\u{17B4}", "\u{FE0F}", "\u{34F}",
            "\u{FFF9}\u{FFFB}",
            "\u{1D159}", "\u{1D173}", "\u{13430}", "\u{13441}\u{13442}", "\u{16FE4}", "\u{FFFC}",
            "\u{E0001}\u{E0067}\u{E007F}",
        ])
    func isBlank(_ text: String) {
        #expect(text.isBlank)
        #expect(!(text + "x").isBlank)
        #expect((try? UserName(text)) == nil)
    }

    /// Browsers show a box for controls and for characters that no font has.
    @Test(arguments: [
        ".", "\u{1}", "\u{86}", "\u{600}", "\u{6DD}", "\u{2422}", "\u{2801}", "\u{E000}", "\u{378}", "❤️", "👩🏽‍💻",
    ])
    func isVisible(_ text: String) {
        #expect(!text.isBlank)
    }
}
