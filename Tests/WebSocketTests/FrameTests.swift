import Testing

@testable import WebSocket

@Suite struct FrameTests {
    // RFC 6455 §5.7.
    @Test func theExamplesOfTheRFC() {
        var bytes: [UInt8] = []
        Frame.text(Array("Hello".utf8), to: &bytes)
        #expect(bytes == [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        #expect(Frame.ping(Array("Hello".utf8)) == [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        #expect(frame(.text, "Hello") == [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
        var long: [UInt8] = []
        Frame.append(.binary, payloadCount: 256, to: &long)
        #expect(long == [0x82, 0x7e, 0x01, 0x00])
        Frame.append(.binary, payloadCount: 65_536, to: &long)
        #expect(long.dropFirst(4) == [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test func aCloseReasonIsCutAtACharacter() {
        #expect(Frame.close(nil, reason: "never mind") == [0x88, 0x00])
        #expect(Frame.close(1001, reason: "ok") == [0x88, 0x04, 0x03, 0xe9, 0x6f, 0x6b])
        let long = Frame.close(1000, reason: String(repeating: "好", count: 60))
        #expect(long[1] == 2 + 123)
        #expect(Frame.close(1000, reason: "x" + String(repeating: "好", count: 60))[1] == 2 + 121)
    }
}
