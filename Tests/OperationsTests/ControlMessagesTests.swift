import Testing

@testable import Operations

@Suite struct ControlMessagesTests {
    @Test func linesAreJoinedAndLongOnesCut() {
        #expect(ControlClient.texts(of: ["a", "", "b"]) == ["a\n\nb"])
        #expect(ControlClient.texts(of: [" ", ""]) == [])
        let long = String(repeating: "é", count: 9_000)
        let texts = ControlClient.texts(of: ["before", long, "after"])
        #expect(texts.allSatisfy { $0.utf8.count <= 8_000 })
        #expect(texts.joined().filter { $0 == "é" } == long)
        #expect(texts.first == "before" && texts.last?.hasSuffix("\nafter") == true)
    }
}
