import Testing

@testable import HTTP

@Suite struct RequestParserTests {
    /// How it ended, and after how many bytes.
    private enum Outcome: Equatable {
        case request(path: String, consumed: Int)
        case error(HTTPError)
    }

    /// The bytes in pieces of the given sizes, again and again; nil where more are needed.
    private func outcome(_ bytes: [UInt8], pieces: [Int] = [Int.max], bodyBytes: Int = 0) -> Outcome? {
        var parser = RequestParser(bodyBytes: bodyBytes)
        var index = 0
        var piece = 0
        while index < bytes.count {
            let end = min(bytes.count, index + min(pieces[piece % pieces.count], bytes.count))
            do {
                if let (request, consumed) = try parser.receive(bytes.span.extracting(index..<end)) {
                    return .request(path: request.head.path, consumed: index + consumed)
                }
            } catch {
                return .error(error)
            }
            index = end
            piece += 1
        }
        return nil
    }

    private func status(_ bytes: [UInt8]) -> Int? {
        if case .error(let error)? = outcome(bytes) { error.status } else { nil }
    }

    @Test func whatFollowsTheHeadIsLeft() {
        let bytes = Array(head().utf8)
        #expect(outcome(bytes.dropLast()) == nil)
        #expect(outcome(bytes) == .request(path: "/ws", consumed: bytes.count))
        #expect(outcome(bytes + [0x81, 0x80]) == .request(path: "/ws", consumed: bytes.count))
    }

    @Test(arguments: [
        head(), head("POST /ws HTTP/1.1"), head(["Content-Length: 2"]), head(["X: a\nb"]), head(["X: a\u{1}"]),
        head([String(repeating: "x", count: 9_000)]), "\r\n\r\n", "\r\n" + head(), "GET /ws HTTP/1.1\r\n\r\n",
    ])
    func everySplitGivesTheOutcomeOfTheWhole(text: String) {
        let bytes = Array(text.utf8) + [0x81, 0x80]
        let whole = outcome(bytes)
        #expect(whole != nil)
        #expect(outcome(bytes, pieces: [1]) == whole)
        for size in 2..<40 { #expect(outcome(bytes, pieces: [size, 99 - size]) == whole) }
    }

    /// A peer that speaks something else is not left waiting.
    @Test(
        arguments: [
            [0x16, 0x03], [0x00], [0x7f], Array("GET /ws HTTP/1.1\n".utf8), Array("GET /ws HTTP/1.1\r ".utf8),
            Array("\n".utf8), Array("X\r\r".utf8),
        ] as [[UInt8]])
    func whatStandsInNoHeadIsRefusedAtOnce(bytes: [UInt8]) { #expect(status(bytes) == 400) }

    @Test func aHeadIsBounded() {
        let room = HTTPLimits.headBytes - head(["X: "]).utf8.count
        #expect(status(Array(head(["X: " + String(repeating: "x", count: room)]).utf8)) == nil)
        #expect(status(Array(head(["X: " + String(repeating: "x", count: room + 1)]).utf8)) == 431)
        #expect(status([UInt8](repeating: 0x61, count: HTTPLimits.headBytes)) == nil)
        #expect(status([UInt8](repeating: 0x61, count: HTTPLimits.headBytes + 1)) == 431)
        #expect(status(Array(head((0..<99).map { "X\($0): y" }).utf8)) == nil)
        #expect(status(Array(head((0..<100).map { "X\($0): y" }).utf8)) == 431)
    }

    @Test func theBodyFollowsByItsLength() throws {
        let text = head("POST /ws HTTP/1.1", ["Content-Length: 5"]) + "hello" + "rest"
        for size in 1...text.utf8.count {
            var parser = RequestParser(bodyBytes: 5)
            var request: HTTPRequest?
            var consumed = 0
            for start in stride(from: 0, to: text.utf8.count, by: size) where request == nil {
                let piece = Array(text.utf8)[start..<min(start + size, text.utf8.count)]
                if let (whole, count) = try parser.receive(piece.span) { (request, consumed) = (whole, start + count) }
            }
            #expect(request?.body == Array("hello".utf8) && consumed == text.utf8.count - 4)
        }
    }

    /// Where no body is allowed, its bytes would be taken for what comes next.
    @Test(arguments: [
        ("Content-Length: 1", 0, 400), ("Transfer-Encoding: chunked", 9, 400), ("Content-Length: 6", 5, 413),
    ])
    func otherBodiesAreRefused(header: String, limit: Int, status: Int) {
        guard case .error(let error) = outcome(Array(head([header]).utf8), bodyBytes: limit) else {
            Issue.record("accepted")
            return
        }
        #expect(error.status == status)
    }

    @Test(arguments: ["-1", "+1", "1 ", "0x1", "", "1, 1", "99999999999999999999"])
    func aLengthIsOneNumber(length: String) {
        let text = head(["Content-Length: \(length)"])
        #expect(
            length == "1 "
                || outcome(Array(text.utf8), bodyBytes: 5).map { if case .error = $0 { true } else { false } } == true)
        let twice = head(["Content-Length: 1", "Content-Length: 2"])
        #expect(status(Array(twice.utf8)) == 400)
    }

    @Test func anotherParserContinues() throws {
        let text = Array((head("POST /ws HTTP/1.1", ["Content-Length: 5"]) + "hello").utf8)
        for place in 0..<text.count {
            var parser = RequestParser(bodyBytes: 5)
            let (first, rest) = (text[..<place], text[place...])
            let early = try parser.receive(first.span)
            #expect(early == nil)
            var next = try RequestParser(resuming: parser.received, bodyBytes: 5)
            let body = try next.receive(rest.span)?.request.body
            #expect(body == Array("hello".utf8))
        }
        #expect(throws: HTTPError.self) { try RequestParser(resuming: Array(head().utf8)) }
        #expect(throws: HTTPError.self) { try RequestParser(resuming: [0]) }
    }
}
