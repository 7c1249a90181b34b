import Testing

@testable import Chat

@Suite struct MessageIDTests {
    @Test(arguments: [
        "a", "a-1", "Z_9.:", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", String(repeating: "i", count: 64),
    ])
    func isAnID(_ text: String) {
        #expect(MessageID(text)?.text == text)
    }

    @Test(arguments: [
        "", " ", "a b", "é", "a/b", "a;b", "a@b", "a[b", "a`b", "a{b", "a\"", "a\0", String(repeating: "i", count: 65),
    ])
    func isNotAnID(_ text: String) {
        #expect(MessageID(text) == nil)
    }
}
