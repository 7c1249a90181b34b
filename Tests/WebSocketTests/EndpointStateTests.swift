import StateCoding
import Testing

@testable import WebSocket

@Suite struct EndpointStateTests {
    /// What a client may send, and what it may not: each a list of whole frames.
    private static let corpus: [[[UInt8]]] = [
        [frame(.text, "Hello"), frame(.text, ""), frame(.text, "Zoë 你好 🦦")],
        [frame(.text, "Hel", final: false), frame(.ping, "p"), frame(.continuation, "lo"), frame(.text, "next")],
        [
            frame(.text, [0xf0, 0x9f], final: false), frame(.pong, "q"), frame(.continuation, [], final: false),
            frame(.continuation, [0xa6, 0xa6]), frame(.close, [0x03, 0xe8] + Array("bye".utf8)), frame(.text, "never"),
        ],
        [frame(.binary, [UInt8](repeating: 7, count: 300)), frame(.ping), frame(.text, "after")],
        [frame(.text, String(repeating: "x", count: 65_536)), frame(.text, "after")],
        [frame(.text, "a", final: false), frame(.text, "b")],
        [frame(.text, "good"), frame(.text, [0xc3, 0x28]), frame(.text, "never")],
        [frame(.close), frame(.text, "never")],
        // A reserved bit; no mask; a length that is not the shortest; too long; half a character at the end.
        [frame(.text, "good"), [0xc1], frame(.text, "never")],
        [frame(.text, "good"), [0x81, 0x05], frame(.text, "never")],
        [frame(.ping), [0x82, 0xfe, 0, 125], frame(.text, "never")],
        [frame(.text, "a", final: false), [0x80, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], frame(.text, "never")],
        [frame(.text, [0xe4, 0xbd]), frame(.text, "never")],
    ]

    private func receive(_ endpoint: inout Endpoint, _ bytes: some Collection<UInt8>) -> [Endpoint.Event] {
        var events: [Endpoint.Event] = []
        let bytes = Array(bytes)
        endpoint.receive(bytes.span) { events.append($0) }
        return events
    }

    /// Where to look: everywhere, but in the middle of what is very long.
    private func places(in bytes: [UInt8]) -> [Int] {
        (0...bytes.count).filter { bytes.count < 2_000 || $0 < 20 || $0 > bytes.count - 40 || $0 % 9_973 == 0 }
    }

    @Test(arguments: corpus.indices) func anotherOneGoesOnAtEveryByte(_ index: Int) throws {
        let frames = EndpointStateTests.corpus[index]
        let bytes = Array(frames.joined())
        let undisturbed = events(of: bytes)
        for place in places(in: bytes) {
            var first = Endpoint()
            let before = receive(&first, bytes[..<place])
            var writer = StateWriter()
            first.write(to: &writer)
            var reader = StateReader(writer.bytes)
            var second = try Endpoint(reading: &reader)
            #expect(reader.isAtEnd)
            #expect(before + receive(&second, bytes[place...]) == undisturbed, "at \(place)")
        }
    }

    /// After a crash: what was under way is passed over, and what begins after it is all there.
    @Test(arguments: 0..<5) func theMessageUnderWayIsPassedOver(_ index: Int) throws {
        let frames = EndpointStateTests.corpus[index]
        let bytes = Array(frames.joined())
        for place in places(in: bytes) {
            var first = Endpoint()
            let before = receive(&first, bytes[..<place])
            #expect(first.isBetweenMessages == (first.position.words == (0, 0)) || before.contains(where: \.isEnd))
            let position = try #require(Endpoint.Position(first.position.words))
            var second = Endpoint(skipping: position)
            let after = receive(&second, bytes[place...])
            if !before.contains(where: \.isEnd) { #expect(after == rest(of: frames, from: place), "at \(place)") }
        }
    }

    /// The events of all that begins at or after a place, and the end of a close frame that is under way there.
    private func rest(of frames: [[UInt8]], from place: Int) -> [Endpoint.Event] {
        var endpoint = Endpoint()
        var (events, start, messageStart) = ([Endpoint.Event](), 0, 0)
        for frame in frames {
            let isControl = frame[0] & 8 != 0
            if !isControl, frame[0] & 0x0f != 0 { messageStart = start }
            for event in receive(&endpoint, frame) {
                if (isControl ? start : messageStart) >= place {
                    events.append(event)
                } else if start + frame.count > place, case .close = event {
                    events.append(.close(nil, reason: ""))
                }
            }
            start += frame.count
        }
        return events
    }

    @Test func whatIsPassedOverMayBeHandedOver() throws {
        var first = Endpoint()
        _ = receive(&first, frame(.text, "lost", final: false))
        var second = Endpoint(skipping: first.position)
        _ = receive(&second, frame(.continuation, "too", final: false))
        var third = Endpoint(skipping: try #require(Endpoint.Position(second.position.words)))
        var writer = StateWriter()
        second.write(to: &writer)
        var reader = StateReader(writer.bytes)
        var fourth = try Endpoint(reading: &reader)
        let bytes = frame(.continuation, [0xff]) + frame(.text, "good")
        #expect(receive(&third, bytes) == [.text(Array("good".utf8))])
        #expect(receive(&fourth, bytes) == [.text(Array("good".utf8))])
    }

    /// Whatever is read: an error, or a machine that works and can be handed over again, whatever comes.
    @Test(arguments: corpus.indices) func damagedStatesNeverTrap(_ index: Int) throws {
        let frames = EndpointStateTests.corpus[index]
        let bytes = Array(frames.joined())
        var random = Random(state: UInt64(index))
        var refused = 0
        for place in places(in: bytes) {
            var endpoint = Endpoint()
            _ = receive(&endpoint, bytes[..<place])
            for state in damaged(state(of: endpoint), &random) {
                var reader = StateReader(state)
                guard var next = try? Endpoint(reading: &reader) else {
                    refused += 1
                    continue
                }
                #expect(next.message.count <= Limits.messageBytes)
                let noise = (0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }
                let rest = Bool.random(using: &random) ? Array(bytes[place...].prefix(400)) : noise
                for cut in [rest[..<(rest.count / 2)], rest[(rest.count / 2)...]] {
                    for event in receive(&next, cut) { answer(event) }
                    #expect(Endpoint.Position(next.position.words) != nil || next.isEnded)
                    var again = StateReader(self.state(of: next))
                    #expect(throws: Never.self) { try Endpoint(reading: &again) }
                }
            }
        }
        #expect(refused > 100)
    }

    private func state(of endpoint: Endpoint) -> [UInt8] {
        var writer = StateWriter()
        endpoint.write(to: &writer)
        return writer.bytes
    }

    /// Each bit the other way round, each number larger, each beginning; of a long state, all of that at its ends.
    private func damaged(_ state: [UInt8], _ random: inout Random) -> [[UInt8]] {
        let places = state.indices.filter { state.count < 60 || $0 < 20 || $0 > state.count - 4 }
        var all: [[UInt8]] = []
        for place in places {
            let (before, after) = (state[..<place], state[(place + 1)...])
            all.append(Array(before))
            all.append(before + [0xff, UInt8.random(in: 0...255, using: &random), 1] + after)
            for bit in 0..<8 { all.append(before + [state[place] ^ 1 << UInt8(bit)] + after) }
        }
        return all
    }

    /// As the daemon does it, which counts on what a control frame may have.
    private func answer(_ event: Endpoint.Event) {
        switch event {
        case .ping(let payload): _ = Frame.pong(payload)
        case .text(let payload): #expect(String(validating: payload, as: UTF8.self) != nil)
        case .close(let code, let reason): _ = Frame.close(code, reason: reason)
        default: break
        }
    }

    @Test func wordsThatAreNoPositionAreRefused() {
        var random = Random(state: 3)
        #expect(Endpoint.Position((0, 0)) != nil)
        // A header of 15 bytes; a reserved bit; a frame that is not masked; missing bytes between frames; no such kind.
        for words in [(0, 15 << 16), (0, 0x41 | 1 << 16), (0, 0x8105 | 2 << 16), (5, 0), (0, 3 << 24), (0, 1 << 48)]
            as [(UInt64, UInt64)]
        {
            #expect(Endpoint.Position(words) == nil)
        }
        for _ in 0..<20_000 {
            let words = (UInt64.random(in: 0..<200, using: &random), UInt64.random(in: 0..<1 << 36, using: &random))
            guard let position = Endpoint.Position(words) else { continue }
            var endpoint = Endpoint(skipping: position)
            _ = receive(&endpoint, (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }
}

extension Endpoint.Event {
    fileprivate var isEnd: Bool {
        switch self {
        case .close, .failed: true
        default: false
        }
    }
}
