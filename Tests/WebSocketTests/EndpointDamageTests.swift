// States and positions that are not what an endpoint wrote.

import StateCoding
import Testing

@testable import WebSocket

extension EndpointStateTests {
    /// Whatever is read: an error, or a machine that works and can be handed over again, whatever comes.
    @Test(arguments: corpus.indices) func damagedStatesNeverTrap(_ index: Int) throws {
        let frames = EndpointStateTests.corpus[index]
        let bytes = Array(frames.joined())
        var random = Random(state: UInt64(index))
        var refused = 0
        for place in places(in: bytes) {
            var endpoint = Endpoint(compression: true)
            _ = receive(&endpoint, bytes[..<place])
            for state in damaged(state(of: endpoint), &random) {
                var reader = StateReader(state)
                guard var next = try? Endpoint(reading: &reader) else {
                    refused += 1
                    continue
                }
                #expect(next.message.count <= WebSocketLimits.messageBytes)
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

    /// A state by its parts, of a binary message between two frames where nothing else is said.
    private func isTaken(
        missing: UInt64 = 0, start: UInt64 = 0, count: UInt64 = 0, kind: UInt64 = 2, skipping: Bool = false,
        skippingControl: Bool = false, compression: Bool = false, compressed: Bool = false, message: [UInt8] = [],
        control: [UInt8] = []
    ) -> Bool {
        var writer = StateWriter()
        for number in [missing, start, count, 0, kind, 1] { writer.write(number) }
        for flag in [false, skipping, skippingControl, compression, compressed] { writer.write(flag) }
        writer.write(message)
        writer.write(control)
        var reader = StateReader(writer.bytes)
        return (try? Endpoint(reading: &reader)) != nil
    }

    /// Each has a neighbour that differs in one thing, and is good.
    @Test func partsThatCanNotBeTogetherAreRefused() {
        #expect(isTaken(message: [1]) && !isTaken(kind: 0, message: [1]) && !isTaken(skipping: true, message: [1]))
        #expect(isTaken(skipping: true) && !isTaken(kind: 0, skipping: true))
        #expect(!isTaken(kind: 3) && !isTaken(kind: 8) && !isTaken(control: [1]) && !isTaken(skippingControl: true))
        // The first byte of a ping.
        #expect(isTaken(start: 0x89, count: 1) && !isTaken(start: 0x09, count: 1))
        // A ping of 5 bytes: its header under way, then 2 of its payload here.
        #expect(isTaken(missing: 5, start: 0x8985, count: 3) && !isTaken(missing: 4, start: 0x8985, count: 3))
        #expect(!isTaken(missing: 5, start: 0x8985, count: 3, control: [1]))
        #expect(isTaken(missing: 3, start: 0x8985, count: 6, control: [1, 2]))
        #expect(!isTaken(missing: 3, start: 0x8985, count: 6, control: [1]))
        #expect(isTaken(missing: 3, start: 0x8985, count: 6, skippingControl: true))
        #expect(!isTaken(missing: 3, start: 0x8985, count: 6, skippingControl: true, control: [1]))
        // Data: a length of two bytes of which one is read; all but nothing of a payload.
        #expect(isTaken(missing: 0xff, start: 0x00fe, count: 3) && !isTaken(missing: 0x100, start: 0x00fe, count: 3))
        #expect(isTaken(missing: 1, start: 0x0085, count: 6) && !isTaken(missing: 0, start: 0x0085, count: 6))
        #expect(!isTaken(missing: 1, start: 0x0085, count: 6, kind: 0))
        // Without permessage-deflate nothing can be compressed; with it, a text in pieces need not be UTF-8.
        #expect(isTaken(start: 0x02, count: 1) && !isTaken(start: 0x42, count: 1))
        #expect(isTaken(start: 0x42, count: 1, compression: true) && !isTaken(start: 0x40, count: 1, compression: true))
        #expect(!isTaken(compressed: true) && isTaken(compression: true, compressed: true))
        #expect(isTaken(kind: 1, compression: true, compressed: true, message: [0xff]))
        #expect(!isTaken(kind: 1, compression: true, message: [0xff]))
        // As long as a message may be, and one byte more.
        let most = UInt64(WebSocketLimits.messageBytes)
        #expect(isTaken(missing: most - 1, start: 0x00ff, count: 14, message: [1]))
        #expect(!isTaken(missing: most, start: 0x00ff, count: 14, message: [1]))
        let words: UInt64 = 0x00ff | 14 << 16 | 2 << 24 | 1 << 32
        #expect(Endpoint.Position((most, words)) != nil && Endpoint.Position((most + 1, words)) == nil)
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
        // A header of 15 bytes; reserved bits; a frame that is not masked; missing bytes between frames; no such kind;
        // fragments of no message.
        for words in [
            (0, 15 << 16), (0, 0x21 | 1 << 16 | 1 << 24 | 1 << 32), (0, 0x40 | 1 << 16 | 1 << 24 | 1 << 32),
            (0, 0x8105 | 2 << 16), (5, 0), (0, 3 << 24), (0, 1 << 48), (0, 1 << 32),
        ]
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
