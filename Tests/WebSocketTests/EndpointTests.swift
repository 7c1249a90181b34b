import Testing

@testable import WebSocket

@Suite struct EndpointTests {
    @Test func messagesOfEachLengthFormComeWhole() {
        for count in [0, 1, 125, 126, 127, 65_535, 65_536] {
            let text = [UInt8](repeating: UInt8(ascii: "x"), count: count)
            #expect(events(of: frame(.text, text)) == [.text(text)], "\(count)")
            #expect(events(of: frame(.binary, text)) == [.binary(text)], "\(count)")
        }
    }

    // RFC 6455 §5.7.
    @Test func theExamplesOfTheRFC() {
        let hello = Array("Hello".utf8)
        #expect(events(of: [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]) == [.text(hello)])
        #expect(events(of: [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]) == [.pong(hello)])
    }

    @Test func controlFramesMayStandBetweenFragments() {
        let bytes =
            frame(.text, "Hel", final: false) + frame(.ping, "p") + frame(.continuation, "", final: false)
            + frame(.pong, "q") + frame(.continuation, "lo") + frame(.text, "next")
        #expect(
            events(of: bytes) == [
                .ping(Array("p".utf8)), .pong(Array("q".utf8)), .text(Array("Hello".utf8)), .text(Array("next".utf8)),
            ])
    }

    @Test(
        arguments: [
            (1002, [0x81, 0x05, 0x48]), (1002, [0xc1, 0x80]), (1002, [0xa1, 0x80]), (1002, [0x91, 0x80]),
            (1002, [0x83]), (1002, [0x8b]), (1002, [0x8f]), (1002, [0x09]), (1002, [0x08]), (1002, [0x89, 0xfe]),
            (1002, [0x88, 0xff]), (1002, [0x80, 0x80, 0, 0, 0, 0]), (1002, [0x81, 0xfe, 0, 125]),
            (1002, [0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff]), (1002, [0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            (1009, [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]),
        ] as [(UInt16, [UInt8])])
    func whatTheRFCForbidsFailsAtTheByteThatShowsIt(code: UInt16, bytes: [UInt8]) {
        #expect(failure(of: bytes) == code)
        // Not before: one byte less is no failure yet, but for the first frames whose second byte does not matter.
        if bytes.count != 3, bytes.count != 2 { #expect(failure(of: bytes.dropLast()) == nil) }
    }

    @Test func aNewMessageInsideOfAnotherFails() {
        #expect(failure(of: frame(.text, "a", final: false) + frame(.text, "b")) == 1002)
        #expect(failure(of: frame(.text, "a", final: false) + frame(.binary, "b")) == 1002)
        #expect(failure(of: frame(.text, "a") + frame(.continuation, "b")) == 1002)
    }

    @Test func aMessageIsBoundedInAllItsFragments() {
        let half = [UInt8](repeating: 1, count: 50)
        #expect(failure(of: frame(.binary, half + half), messageBytes: 100) == nil)
        #expect(failure(of: frame(.binary, half + half + [1]), messageBytes: 100) == 1009)
        let two = frame(.binary, half, final: false) + frame(.continuation, half, final: false)
        #expect(failure(of: two + frame(.continuation, []), messageBytes: 100) == nil)
        #expect(failure(of: two + frame(.continuation, [1]), messageBytes: 100) == 1009)
    }

    @Test func fragmentsAreCounted() {
        let many = frame(.text, "", final: false) + (0..<1_023).flatMap { _ in frame(.continuation, "", final: false) }
        #expect(failure(of: many) == nil)
        #expect(failure(of: many + frame(.continuation, "")) == 1008)
    }

    @Test func invalidTextFailsBeforeTheMessageEnds() {
        #expect(failure(of: frame(.text, [0x61, 0xff], final: false)) == 1007)
        #expect(failure(of: frame(.text, [0xce, 0xba, 0xed, 0xa0])) == 1007)
        // A character that the message cuts off.
        #expect(failure(of: frame(.text, [0xe4, 0xbd])) == 1007)
        // A character over two fragments is fine.
        let split = frame(.text, [0xe4, 0xbd], final: false) + frame(.continuation, [0xa0])
        #expect(events(of: split) == [.text([0xe4, 0xbd, 0xa0])])
        #expect(events(of: frame(.binary, [0xff])) == [.binary([0xff])])
    }

    @Test func closeFramesAreChecked() {
        #expect(events(of: frame(.close)) == [.close(nil, reason: "")])
        #expect(events(of: frame(.close, [0x03, 0xe8, 0x62, 0x79])) == [.close(1000, reason: "by")])
        #expect(events(of: frame(.close, [0x0f, 0xa0])) == [.close(4000, reason: "")])
        #expect(failure(of: frame(.close, [0x03])) == 1002)
        #expect(failure(of: frame(.close, [0x03, 0xe8, 0xff])) == 1007)
        for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] {
            #expect(failure(of: frame(.close, [UInt8(code >> 8), UInt8(code & 0xff)])) == 1002, "\(code)")
        }
    }

    @Test func afterTheEndNothingIsHeard() {
        #expect(events(of: frame(.close) + frame(.text, "late")).count == 1)
        #expect(events(of: [0x83] + frame(.text, "late")).count == 1)
    }

    @Test func anIdleMachineIsSmall() {
        #expect(MemoryLayout<Endpoint>.stride <= 96)
    }

    @Test(arguments: 0..<200)
    func everySplitGivesTheEventsOfTheWhole(seed: UInt64) {
        var random = Random(state: seed)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let opcode =
                [Opcode.continuation, .text, .binary, .ping, .pong, .close].randomElement(using: &random) ?? .text
            let count = Int.random(in: 0...(opcode.isControl ? 125 : 300), using: &random)
            let payload = (0..<count).map { _ in UInt8.random(in: 0x20...0x7e, using: &random) }
            bytes += frame(
                opcode, payload, final: opcode.isControl || Bool.random(using: &random),
                key: UInt32.random(in: 0...UInt32.max, using: &random))
        }
        if seed % 3 == 0, let place = bytes.indices.randomElement(using: &random) {
            bytes[place] ^= 1 << UInt8(seed % 8)
        }
        let whole = events(of: bytes)
        #expect(events(of: bytes, pieces: [1]) == whole)
        for _ in 0..<5 {
            let pieces = (0..<7).map { _ in Int.random(in: 1...40, using: &random) }
            #expect(events(of: bytes, pieces: pieces) == whole)
        }
    }
}
