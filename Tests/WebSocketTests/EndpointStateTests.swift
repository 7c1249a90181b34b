import Compression
import StateCoding
import Testing

@testable import WebSocket

@Suite struct EndpointStateTests {
    /// What a client may send, and what it may not: each a list of whole frames.
    static let corpus: [[[UInt8]]] = [
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
        [frame(.text, "good"), [0xa1], frame(.text, "never")],
        [frame(.text, "good"), [0x81, 0x05], frame(.text, "never")],
        [frame(.ping), [0x82, 0xfe, 0, 125], frame(.text, "never")],
        [frame(.text, "a", final: false), [0x80, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], frame(.text, "never")],
        [frame(.text, [0xe4, 0xbd]), frame(.text, "never")],
        // Compressed.
        [
            frame(.text, "plain"), compressed(.text, PerMessageDeflateTests.hello),
            compressed(.text, [0xf2, 0x48, 0xcd], final: false), frame(.ping, "p"),
            frame(.continuation, [0xc9, 0xc9, 0x07, 0x00]), frame(.text, "Zoë"), compressed(.binary, [0x00]),
        ],
        [compressed(.text, [0xf2, 0x48, 0xcd], final: false), compressed(.continuation, [0xc9])],
    ]

    private let inflater = Inflater()

    func receive(_ endpoint: inout Endpoint, _ bytes: some Collection<UInt8>) -> [Endpoint.Event] {
        var events: [Endpoint.Event] = []
        let bytes = Array(bytes)
        endpoint.receive(bytes.span, inflater) { events.append($0) }
        return events
    }

    /// Where to look: everywhere, but in the middle of what is very long.
    func places(in bytes: [UInt8]) -> [Int] {
        (0...bytes.count).filter { bytes.count < 2_000 || $0 < 20 || $0 > bytes.count - 40 || $0 % 9_973 == 0 }
    }

    @Test(arguments: corpus.indices) func anotherOneGoesOnAtEveryByte(_ index: Int) throws {
        let frames = EndpointStateTests.corpus[index]
        let bytes = Array(frames.joined())
        let undisturbed = compressedEvents(of: bytes)
        for place in places(in: bytes) {
            var first = Endpoint(compression: true)
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
    @Test(arguments: [0, 1, 2, 3, 4, 13]) func theMessageUnderWayIsPassedOver(_ index: Int) throws {
        let frames = EndpointStateTests.corpus[index]
        let bytes = Array(frames.joined())
        for place in places(in: bytes) {
            var first = Endpoint(compression: true)
            let before = receive(&first, bytes[..<place])
            #expect(first.isBetweenMessages == (first.position.words == (0, 0)) || before.contains(where: \.isEnd))
            let position = try #require(Endpoint.Position(first.position.words))
            var second = Endpoint(skipping: position, compression: true)
            let after = receive(&second, bytes[place...])
            if !before.contains(where: \.isEnd) { #expect(after == rest(of: frames, from: place), "at \(place)") }
        }
    }

    /// The events of all that begins at or after a place, and the end of a close frame that is under way there.
    private func rest(of frames: [[UInt8]], from place: Int) -> [Endpoint.Event] {
        var endpoint = Endpoint(compression: true)
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
        var first = Endpoint(compression: true)
        _ = receive(&first, frame(.text, "lost", final: false))
        var second = Endpoint(skipping: first.position, compression: true)
        _ = receive(&second, frame(.continuation, "too", final: false))
        var third = Endpoint(skipping: try #require(Endpoint.Position(second.position.words)), compression: true)
        var writer = StateWriter()
        second.write(to: &writer)
        var reader = StateReader(writer.bytes)
        var fourth = try Endpoint(reading: &reader)
        let bytes = frame(.continuation, [0xff]) + frame(.text, "good")
        #expect(receive(&third, bytes) == [.text(Array("good".utf8))])
        #expect(receive(&fourth, bytes) == [.text(Array("good".utf8))])
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
