// A request of a program, and an event for a stream.

import API
import HTTP

func checkAPI(_ input: [UInt8]) throws {
    try checkEvent(input)
    var parser = RequestParser(bodyBytes: 200, below: APICall.folder)
    do throws(HTTPError) {
        guard let (request, _) = try parser.receive(input.span) else { return }
        _ = try APICall.credential(request.head, authenticatedName: nil)
        _ = try APICall(request)
    } catch {
        let response = Problem.response(error)
        try expect((400...499).contains(response.status), "The status is \(response.status)")
        try expect(StrictJSON.isObject(response.body.dropLast()), "The problem is no JSON.")
        let lines = response.headers.joined().utf8
        try expect(lines.allSatisfy { $0 >= 0x20 }, "A header has a line of its own.")
    }
}

/// Whatever an event is, its line of data is whole.
private func checkEvent(_ json: [UInt8]) throws {
    _ = EventStream.isOfRoom(json)
    guard !json.contains(UInt8(ascii: "\n")) else { return }
    let lines = EventStream.event(json).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    try expect(
        lines.suffix(3).elementsEqual(["data: ".utf8 + json, [], []]) { $0.elementsEqual($1) }, "The data differ.")
    guard lines.count > 3 else { return }
    try expect(lines.count == 4, "There are \(lines.count) lines.")
    let id = String(decoding: lines[0], as: UTF8.self)
    try expect(id.hasPrefix("id: ") && id.dropFirst(4).allSatisfy(\.isNumber), "The id is \(id)")
}
