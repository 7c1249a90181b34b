// A signed token, the file of its key, and JSON that is passed on.

import Primitives
import SignedTokens

/// The first byte chooses. What the header and the claims of a token are made of is signed here, so that all of it is read.
func checkTokens(_ input: [UInt8]) throws {
    var bits = Bits(input)
    switch bits.byte() {
    case 0..<0x40: _ = try? TokenKey(Array(bits.rest))
    case 0x40..<0x80: try checkJSON(Array(bits.rest))
    default: try checkToken(String(decoding: bits.rest, as: UTF8.self))
    }
}

private func checkToken(_ text: String) throws {
    let key = try TokenKey(Array("0123456789abcdef0123456789abcdef".utf8))
    let now = Int64(1_767_225_600_000)
    guard let token = try? SignedToken(text, key: key, at: now) else { return }
    try expect(!token.subject.isEmpty && token.expires > now, "The token \(token) is accepted.")
}

/// What is taken out is JSON without white space, and is read again as the same.
private func checkJSON(_ text: [UInt8]) throws {
    guard String(validating: text, as: UTF8.self) != nil, let members = JSONText.members(of: text, depth: 8) else {
        return
    }
    for (name, value) in members {
        let object = Array(#"{"a":"#.utf8) + value.bytes + Array("}".utf8)
        try expect(StrictJSON.isObject(object), "The member \(name) is no JSON.")
        let again = JSONText.members(of: object, depth: 8)
        try expect(again?.count == 1 && again?.first?.value == value, "The member \(name) is something else then.")
        _ = (value.string, value.number, value.elements)
    }
}
