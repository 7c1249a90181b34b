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

    /// What comes before, the bytes of which the last one fails it, and the code.
    @Test(
        arguments: [
            ([], [0x81, 0x05], 1002), ([], [0xc1], 1002), ([], [0xa1], 1002), ([], [0x91], 1002), ([], [0x83], 1002),
            ([], [0x87], 1002), ([], [0x8b], 1002), ([], [0x8f], 1002), ([], [0x09], 1002), ([], [0x08], 1002),
            ([], [0x89, 0xfe], 1002), ([], [0x88, 0xff], 1002), ([], [0x80], 1002), ([], [0x00], 1002),
            (frame(.text, "a", final: false), [0x81], 1002), (frame(.text, "a", final: false), [0x02], 1002),
            (frame(.text, "a"), [0x80], 1002), ([], [0x81, 0xfe, 0, 125], 1002),
            ([], [0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 1002), ([], [0x81, 0xff, 0x80], 1002),
            ([], [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1], 1009), ([], [0x81, 0xff, 0x7f] + ones(7), 1009),
            ([0x81, 0x84, 0, 0, 0, 0], [0x61, 0xed, 0xa0], 1007), ([0x01, 0x84, 0, 0, 0, 0], [0xc0], 1007),
            (frame(.text, [0xe4, 0xbd], final: false) + [0x00, 0x81, 0, 0, 0, 0], [0x61], 1007),
        ] as [([UInt8], [UInt8], UInt16)])
    func whatIsForbiddenFailsAtTheByteThatShowsIt(before: [UInt8], bytes: [UInt8], code: UInt16) {
        #expect(failure(of: before + bytes) == code)
        #expect(failure(of: before + bytes.dropLast()) == nil)
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
        #expect(failure(of: two + [0x80], messageBytes: 100) == nil)
        #expect(failure(of: two + [0x80, 0x81], messageBytes: 100) == 1009)
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
        #expect(MemoryLayout<Endpoint>.size <= 48)
        #expect(MemoryLayout<Endpoint?>.size <= 48)
    }

    /// A message is handed over, not copied, and leaves no buffer behind; what a header announces takes none.
    @Test func memoryIsWhatCame() {
        var endpoint = Endpoint()
        let header: [UInt8] = [0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0]
        endpoint.receive((frame(.ping, "ping") + header).span) { _ in }
        #expect(endpoint.buffered == 0)
        endpoint.receive(ones(1_000).span) { _ in }
        #expect((1_000...2_048).contains(endpoint.buffered))
        endpoint.receive((ones(64_535) + frame(.text, "text")).span) { _ in }
        #expect(endpoint.buffered == 0)
        for end in [frame(.close), [0x83]] {
            var ended = endpoint
            ended.receive((frame(.binary, ones(1_000), final: false) + end).span) { _ in }
            #expect(ended.buffered == 0)
        }
    }

    @Test(arguments: 0..<300)
    func everySplitGivesTheEventsOfTheWhole(seed: UInt64) {
        var random = Random(state: seed)
        let bytes = random.frames(spoilt: seed % 3 == 0)
        let whole = events(of: bytes)
        #expect(events(of: bytes, pieces: [1]) == whole)
        for _ in 0..<5 {
            let pieces = (0..<7).map { _ in Int.random(in: 1...40, using: &random) }
            #expect(events(of: bytes, pieces: pieces) == whole)
        }
    }

    /// Frames that break no rule come out as they were put in.
    @Test(arguments: 0..<100)
    func whatIsSentIsHeard(seed: UInt64) {
        var random = Random(state: seed)
        var bytes: [UInt8] = []
        var sent: [Endpoint.Event] = []
        for _ in 0..<8 {
            let payload = random.text(upTo: 300)
            var rest = payload[...]
            for fragment in 0..<Int.random(in: 1...5, using: &random) {
                let part = rest.prefix(Int.random(in: 0...rest.count, using: &random))
                rest = rest.dropFirst(part.count)
                bytes += frame(fragment == 0 ? .text : .continuation, Array(part), final: false, key: random.key())
                guard Bool.random(using: &random) else { continue }
                bytes += frame(.ping, Array(part.prefix(125)), key: random.key())
                sent.append(.ping(Array(part.prefix(125))))
            }
            bytes += frame(.continuation, Array(rest), key: random.key())
            sent.append(.text(payload))
        }
        #expect(events(of: bytes) == sent)
    }
}

extension Endpoint {
    fileprivate var buffered: Int { message.capacity + control.capacity }
}

private func ones(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

extension Random {
    fileprivate mutating func key() -> UInt32 { UInt32.random(in: 0...UInt32.max, using: &self) }

    /// A text of one to four bytes a character.
    fileprivate mutating func text(upTo characters: Int) -> [UInt8] {
        let count = Int.random(in: 0...characters, using: &self)
        return (0..<count).flatMap { _ in Array(("aé你😀".randomElement(using: &self) ?? "a").utf8) }
    }

    /// Frames in any order, allowed or not; texts may be cut inside of a character, and one bit may be wrong.
    fileprivate mutating func frames(spoilt: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &self) {
            let kinds = [Opcode.continuation, .text, .text, .binary, .ping, .pong, .close]
            let opcode = kinds.randomElement(using: &self) ?? .text
            var payload = opcode == .close ? [0x03, 0xe8] + text(upTo: 20) : text(upTo: opcode.isControl ? 31 : 100)
            if !opcode.isControl, Int.random(in: 0..<4, using: &self) == 0 { payload = payload.dropLast() }
            let isFinal = opcode.isControl || Bool.random(using: &self)
            bytes += frame(opcode, payload, final: isFinal, key: key())
        }
        if spoilt, let place = bytes.indices.randomElement(using: &self) {
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        }
        return bytes
    }
}
