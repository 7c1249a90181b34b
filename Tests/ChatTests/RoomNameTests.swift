import Chat
import Testing

@Suite struct RoomNameTests {
    @Test(arguments: ["lobby", "a", "0", "a-b-", "2nd-floor", String(repeating: "r", count: 32)])
    func isARoomName(_ text: String) {
        #expect(RoomName(text)?.text == text)
    }

    @Test(arguments: [
        "", "-a", "Lobby", "a b", "a_b", "é", "ａ", "a/b", "a\0", "a`", "a{", String(repeating: "r", count: 33),
    ])
    func isNotARoomName(_ text: String) {
        #expect(RoomName(text) == nil)
    }
}
