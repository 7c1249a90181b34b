// The request with which a connection begins, in whatever pieces.

import HTTP
import WebSocket

private enum Outcome: Equatable {
    case refused(HTTPError)
    case accepted(method: String, path: String, host: String, consumed: Int)
    case unfinished
}

/// The first byte says where the bytes behind it are split.
func checkUpgrade(_ input: [UInt8]) throws {
    guard let split = input.first.map(Int.init) else { return }
    let bytes = Array(input[1...])
    let (first, rest) = (Array(bytes.prefix(split)), Array(bytes.dropFirst(split)))
    var (whole, piecewise) = (RequestParser(), RequestParser())
    let (outcome, head) = receive(bytes, &whole)
    var (other, _) = receive(first, &piecewise)
    if other == .unfinished {
        // The rest may come to another process.
        var resumed = try RequestParser(resuming: piecewise.received)
        other = receive(rest, &piecewise, after: first.count).outcome
        let again = receive(rest, &resumed, after: first.count).outcome
        try expect(other == again, "Resumed, it comes to \(again), otherwise to \(other)")
    }
    try expect(other == outcome, "In pieces it comes to \(other), in one to \(outcome)")
    if let head { try checkAnswers(to: head) }
}

private func receive(
    _ bytes: [UInt8], _ parser: inout RequestParser, after before: Int = 0
) -> (outcome: Outcome, head: RequestHead?) {
    do throws(HTTPError) {
        guard let (request, consumed) = try parser.receive(bytes.span) else { return (.unfinished, nil) }
        let head = request.head
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
        let lines = answer(to: head, windows).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .prefix { $0 != [UInt8(ascii: "\r")] }.dropFirst()
        let names = lines.map { String(decoding: $0.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self) }
        try expect(Set(names).isSubset(of: answered) && Set(names).count == names.count, "The answer has \(names)")
        try expect(lines.allSatisfy { $0.filter { $0 < 0x20 } == [UInt8(ascii: "\r")] }, "The answer has a wrong line.")
    }
}

private let answered: Set = [
    "Upgrade", "Connection", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Version", "Content-Type", "Content-Length", "Cache-Control", "Allow",
]

private func answer(to head: RequestHead, _ windows: ClosedRange<Int>?) -> [UInt8] {
    do throws(HTTPError) {
        let allowed = [Origin("https://a.example")].compactMap(\.self)
        try UpgradeRequest.check(head, path: "/ws", origins: OriginPolicy(allowed: Set(allowed)))
        return try UpgradeRequest(head).accept(subprotocol: "chatrelay.v1", windows: windows).response
    } catch {
        return error.response.bytes()
    }
}
