// RFC 7692: what is agreed on, and what an endpoint makes of compressed messages.

import Compression
import HTTP
import Testing

@testable import WebSocket

@Suite struct PerMessageDeflateTests {
    private static let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    /// Offers, and the answer where the server can keep to windows of 9 to 15.
    @Test(
        arguments: [
            ("permessage-deflate", plain), ("permessage-deflate; client_max_window_bits", plain),
            ("permessage-deflate;client_max_window_bits=8 ; client_no_context_takeover", plain),
            ("permessage-deflate; server_no_context_takeover", plain),
            ("x-webkit-deflate-frame, permessage-deflate", plain),
            ("permessage-deflate; server_max_window_bits=15", plain),
            ("permessage-deflate; server_max_window_bits=10", plain + "; server_max_window_bits=10"),
            ("permessage-deflate; server_max_window_bits=\"9\"", plain + "; server_max_window_bits=9"),
            // The first that can be accepted (§5.1).
            (
                "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=12",
                plain + "; server_max_window_bits=12"
            ),
            ("permessage-deflate; server_max_window_bits=8", nil), ("permessage-deflate; server_max_window_bits", nil),
            ("permessage-deflate; server_max_window_bits=16", nil),
            ("permessage-deflate; server_max_window_bits=09", nil),
            ("permessage-deflate; client_max_window_bits=7", nil), ("permessage-deflate; client_max_window_bits=", nil),
            ("permessage-deflate; server_no_context_takeover=1", nil), ("permessage-deflate; x", nil),
            ("permessage-deflate; client_no_context_takeover=", nil),
            ("permessage-deflate; client_max_window_bits; client_max_window_bits", nil), ("deflate-frame", nil),
            ("", nil),
        ] as [(String, String?)])
    func offers(_ offers: String, _ answer: String?) {
        let agreed = PerMessageDeflate(offers: RequestHead.elements(of: offers), windows: 9...15)
        #expect(agreed?.answer == answer)
    }

    @Test func theAnswerNamesWhatWasAgreedOn() throws {
        var parser = RequestParser()
        let request = Array(head(["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]).utf8)
        let whole = try #require(try parser.receive(request.span)).request
        func answer(_ windows: ClosedRange<Int>?) throws -> (String, Bool) {
            let (response, compression) = try UpgradeRequest(whole.head).accept(
                subprotocol: "chatrelay.v1", windows: windows)
            return (String(decoding: response, as: UTF8.self), compression != nil)
        }
        let on = try answer(15...15)
        #expect(on.0.contains("\r\nSec-WebSocket-Extensions: \(PerMessageDeflateTests.plain)\r\n") && on.1)
        let off = try answer(nil)
        #expect(!off.0.contains("Extensions") && !off.1)
    }

    // MARK: messages

    static let hello: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]

    // RFC 7692 §7.2.3.1: the same in one frame, and in two.
    @Test func theExamplesOfTheRFC() {
        let expected = [Endpoint.Event.text(Array("Hello".utf8))]
        #expect(compressedEvents(of: compressed(.text, PerMessageDeflateTests.hello)) == expected)
        let fragments =
            compressed(.text, Array(PerMessageDeflateTests.hello[..<3]), final: false) + frame(.ping, "p")
            + frame(.continuation, Array(PerMessageDeflateTests.hello[3...]))
        #expect(compressedEvents(of: fragments) == [.ping(Array("p".utf8))] + expected)
        #expect(compressedEvents(of: fragments, pieces: [1]) == [.ping(Array("p".utf8))] + expected)
    }

    @Test func plainMessagesMayComeBetween() {
        let bytes =
            frame(.text, "one") + compressed(.binary, PerMessageDeflateTests.hello) + frame(.text, "Zo\u{eb}")
            + compressed(.text, [0x00])
        #expect(
            compressedEvents(of: bytes) == [
                .text(Array("one".utf8)), .binary(Array("Hello".utf8)), .text(Array("Zo\u{eb}".utf8)), .text([]),
            ])
    }

    /// The bytes, and the code with which they fail.
    @Test(
        arguments: [
            // RSV1 on a continuation, on a control frame; RSV2, RSV3.
            (compressed(.text, [0xf2], final: false) + [0xc0], 1002), ([0xc9], 1002), ([0xa1], 1002), ([0xd1], 1002),
            // No deflate stream; one that ends too early; text that is not UTF-8 once it is inflated.
            (compressed(.text, [0xff]), 1007), (compressed(.text, []), 1007),
            (compressed(.binary, [0xff, 0xff]), 1007),
            (compressed(.text, Array(hello.dropLast(3))), 1007),
            (compressed(.text, Deflater().deflate([0xc3, 0x28])), 1007),
            (compressed(.text, Deflater().deflate([0xe4, 0xbd])), 1007),
        ] as [([UInt8], UInt16)])
    func whatIsForbiddenFails(_ bytes: [UInt8], _ code: UInt16) {
        guard case .failed(let failed, _)? = compressedEvents(of: bytes).last else {
            Issue.record("no failure")
            return
        }
        #expect(failed.rawValue == code)
    }

    @Test func aCompressedMessageNeedsTheAgreement() {
        #expect(failure(of: compressed(.text, PerMessageDeflateTests.hello)) == 1002)
    }

    @Test func theInflatedMessageIsBounded() {
        let deflater = Deflater()
        func code(_ payload: [UInt8], _ messageBytes: Int = WebSocketLimits.messageBytes) -> UInt16? {
            let bytes = compressed(.binary, deflater.deflate(payload))
            guard case .failed(let code, _)? = compressedEvents(of: bytes, messageBytes: messageBytes).last else {
                return nil
            }
            return code.rawValue
        }
        let noise = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        #expect(code(Array(noise[..<65_536])) == nil)
        #expect(code(Array(noise[..<65_537])) == 1009)
        #expect(code(Array(noise[..<101]), 100) == 1009)
        // Zeroes inflate to a thousand times their size: a few of them may, a message of them may not.
        #expect(code([UInt8](repeating: 0, count: 4_096)) == nil)
        #expect(code([UInt8](repeating: 0, count: 65_536)) == 1009)
        // The longest text that the chat can be set to, one letter again and again, with each escaped.
        let text = Array(String(repeating: "\\u0061", count: 8_192).utf8)
        #expect(code(text) == nil)
    }

    @Test func whatGoesOutIsCompressedWhereThatMakesItShorter() {
        let deflater = Deflater()
        func sent(_ payload: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = []
            Frame.message(.text, payload, deflater, to: &bytes)
            return bytes
        }
        let short = [UInt8](repeating: 0x61, count: WebSocketLimits.compressedBytes - 1)
        #expect(sent(short)[0] == 0x81)
        let long = [UInt8](repeating: 0x61, count: WebSocketLimits.compressedBytes)
        #expect(sent(long)[0] == 0xc1 && sent(long).count < 20)
        var state = Random(state: 1)
        let noise = (0..<300).map { _ in UInt8(truncatingIfNeeded: state.next()) }
        #expect(sent(noise) == [0x81, 126, 1, 44] + noise)
    }
}

/// A client's frame with RSV1.
func compressed(_ opcode: Opcode, _ payload: [UInt8], final: Bool = true) -> [UInt8] {
    var bytes: [UInt8] = []
    Frame.masked(opcode, payload, key: 0x37fa_213d, final: final, compressed: true, to: &bytes)
    return bytes
}

func compressedEvents(
    of bytes: [UInt8], pieces: [Int] = [Int.max], messageBytes: Int = WebSocketLimits.messageBytes
) -> [Endpoint.Event] {
    events(of: bytes, pieces: pieces, Endpoint(messageBytes: messageBytes, compression: true))
}
