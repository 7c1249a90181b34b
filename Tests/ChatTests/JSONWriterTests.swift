import FoundationEssentials
import Model
import Testing

@testable import Chat

@Suite struct JSONWriterTests {
    @Test func writesNestedValuesInOrder() {
        var json = JSONWriter(capacity: 0)
        json.object { json in
            json.field("z", "one")
            json.field("a", -2)
            json.key("list")
            json.array { json in
                json.object { $0.field("x", UInt64.max) }
                json.object { _ in }
                json.string("s")
                json.array { _ in }
                json.integer(0)
            }
            json.field("end", Int64.min)
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"z":"one","a":-2,"list":[{"x":18446744073709551615},{},"s",[],0],"end":-9223372036854775808}"#)
    }

    @Test(
        arguments: [
            ("", #""""#), ("é👍\u{2028}\u{7F}/", "\"é👍\u{2028}\u{7F}/\""), ("\"\\", #""\"\\""#),
            ("\n\r\t", #""\n\r\t""#),
            ("\u{0}\u{8}\u{B}\u{1F}", #""\u0000\u0008\u000b\u001f""#),
        ])
    func escapes(_ text: String, _ expected: String) {
        #expect(written(text) == Array(expected.utf8))
    }

    @Test func theDecoderReadsWhatWasWritten() throws {
        var random = SeededRandom(seed: 42)
        let decoder = JSONDecoder()
        for _ in 0..<2_000 {
            let text = randomText(&random)
            let read = try decoder.decode([String].self, from: Data(Array("[".utf8) + written(text) + Array("]".utf8)))
            #expect(read.first.map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    private func written(_ text: String) -> [UInt8] {
        var json = JSONWriter(capacity: 0)
        json.string(text)
        return json.bytes
    }

    /// Up to 40 scalars, half of them ASCII.
    private func randomText(_ random: inout SeededRandom) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            let value = UInt32.random(in: 0...(Bool.random(using: &random) ? 0x7F : 0x10FFFF), using: &random)
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
