import Testing

@testable import WebSocket

@Suite struct UpgradeParserTests {
    /// How it ended, and after how many bytes.
    private enum Outcome: Equatable {
        case request(path: String, consumed: Int)
        case refusal(UpgradeRefusal)
    }

    /// The bytes in pieces of the given sizes, again and again; nil where more are needed.
    private func outcome(_ bytes: [UInt8], pieces: [Int] = [Int.max]) -> Outcome? {
        var parser = UpgradeParser()
        var index = 0
        var piece = 0
        while index < bytes.count {
            let end = min(bytes.count, index + min(pieces[piece % pieces.count], bytes.count))
            do {
                if let (head, consumed) = try parser.receive(bytes.span.extracting(index..<end)) {
                    return .request(path: head.path, consumed: index + consumed)
                }
            } catch {
                return .refusal(error)
            }
            index = end
            piece += 1
        }
        return nil
    }

    private func status(_ bytes: [UInt8]) -> Int? {
        if case .refusal(let refusal)? = outcome(bytes) { refusal.status } else { nil }
    }

    @Test func whatFollowsTheHeadIsLeft() {
        let bytes = Array(head().utf8)
        #expect(outcome(bytes.dropLast()) == nil)
        #expect(outcome(bytes) == .request(path: "/ws", consumed: bytes.count))
        #expect(outcome(bytes + [0x81, 0x80]) == .request(path: "/ws", consumed: bytes.count))
    }

    @Test(arguments: [
        head(), head("POST /ws HTTP/1.1"), head(without: "Upgrade"), head(["X: a\nb"]), head(["X: a\u{1}"]),
        head([String(repeating: "x", count: 9_000)]), "\r\n\r\n", "\r\n" + head(), "GET /ws HTTP/1.1\r\n\r\n",
    ])
    func everySplitGivesTheOutcomeOfTheWhole(text: String) {
        let bytes = Array(text.utf8) + [0x81, 0x80]
        let whole = outcome(bytes)
        #expect(whole != nil)
        #expect(outcome(bytes, pieces: [1]) == whole)
        var random = Random(state: 1)
        for _ in 0..<20 {
            #expect(outcome(bytes, pieces: (0..<7).map { _ in Int.random(in: 1...99, using: &random) }) == whole)
        }
    }

    /// A peer that speaks something else is not left waiting.
    @Test(
        arguments: [
            [0x16, 0x03], [0x00], [0x7f], Array("GET /ws HTTP/1.1\n".utf8), Array("GET /ws HTTP/1.1\r ".utf8),
            Array("\n".utf8), Array("X\r\r".utf8),
        ] as [[UInt8]])
    func whatStandsInNoHeadIsRefusedAtOnce(bytes: [UInt8]) { #expect(status(bytes) == 400) }

    @Test func aHeadIsBounded() {
        let room = Limits.headBytes - head(["X: "]).utf8.count
        #expect(status(Array(head(["X: " + String(repeating: "x", count: room)]).utf8)) == nil)
        #expect(status(Array(head(["X: " + String(repeating: "x", count: room + 1)]).utf8)) == 431)
        #expect(status([UInt8](repeating: 0x61, count: Limits.headBytes)) == nil)
        #expect(status([UInt8](repeating: 0x61, count: Limits.headBytes + 1)) == 431)
        #expect(status(Array(head((0..<95).map { "X\($0): y" }).utf8)) == nil)
        #expect(status(Array(head((0..<96).map { "X\($0): y" }).utf8)) == 431)
    }
}
