// The request with which a connection begins, in whatever pieces.

import WebSocket

private enum Outcome: Equatable {
    case refused(UpgradeRefusal)
    case accepted(method: String, path: String, host: String, consumed: Int)
    case unfinished
}

/// The first byte says where the bytes behind it are split.
func checkUpgrade(_ input: [UInt8]) throws {
    guard let split = input.first.map(Int.init) else { return }
    let bytes = Array(input[1...])
    let (first, rest) = (Array(bytes.prefix(split)), Array(bytes.dropFirst(split)))
    var (whole, piecewise) = (UpgradeParser(), UpgradeParser())
    let (outcome, head) = receive(bytes, &whole)
    var (other, _) = receive(first, &piecewise)
    if other == .unfinished {
        // The rest may come to another process.
        var resumed = UpgradeParser(resuming: piecewise.head)
        other = receive(rest, &piecewise, after: first.count).outcome
        let again = receive(rest, &resumed, after: first.count).outcome
        try expect(other == again, "Resumed, it comes to \(again), otherwise to \(other)")
    }
    try expect(other == outcome, "In pieces it comes to \(other), in one to \(outcome)")
    if let head { try checkAnswers(to: head) }
}

private func receive(
    _ bytes: [UInt8], _ parser: inout UpgradeParser, after before: Int = 0
) -> (outcome: Outcome, head: RequestHead?) {
    do throws(UpgradeRefusal) {
        guard let (head, consumed) = try parser.receive(bytes.span) else { return (.unfinished, nil) }
        return (
            .accepted(method: head.method, path: head.path, host: head.host, consumed: before + consumed), head
        )
    } catch {
        return (.refused(error), nil)
    }
}

/// Nothing of the request can make a line of the answer.
private func checkAnswers(to head: RequestHead) throws {
    for windows in [nil, 9...15, 15...15] as [ClosedRange<Int>?] {
        let response = answer(to: head, windows)
        var parser = UpgradeParser()
        // An answer's head has the syntax of a request's but for its first line.
        let lines = Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8) + response.drop { $0 != UInt8(ascii: "\n") }.dropFirst()
        guard case .refused(let refusal) = receive(lines, &parser).outcome else { continue }
        try expect(refusal.reason.contains("no body"), "The answer has a wrong line: \(refusal.reason)")
    }
}

private func answer(to head: RequestHead, _ windows: ClosedRange<Int>?) -> [UInt8] {
    do throws(UpgradeRefusal) {
        return try UpgradeRequest(head).accept(
            path: "/ws", subprotocol: "chatrelay.v1", allowedOrigins: ["https://a.example"], windows: windows
        ).response
    } catch {
        return error.response
    }
}
