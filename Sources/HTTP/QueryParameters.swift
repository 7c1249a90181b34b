// The parameters of a query string. https://url.spec.whatwg.org/#urlencoded-parsing

package struct QueryParameters: Equatable, Sendable {
    private let pairs: [(name: String, value: String)]

    /// - Parameter query: "a=b&c=d%20e", without the “?”.
    /// - Throws: 400 where a percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    package init(_ query: String) throws(HTTPError) {
        var pairs: [(String, String)] = []
        for part in query.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            pairs.append(
                (try QueryParameters.decoded(halves[0]), try QueryParameters.decoded(halves.count > 1 ? halves[1] : ""))
            )
        }
        self.pairs = pairs
    }

    /// The value of the first parameter of this name.
    package subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    package static func == (a: QueryParameters, b: QueryParameters) -> Bool {
        a.pairs.elementsEqual(b.pairs, by: ==)
    }

    /// FoundationEssentials has no percent decoding.
    private static func decoded(_ text: Substring) throws(HTTPError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            let digits = rest.prefix(2)
            // An integer may have a sign, a percent-encoded byte may not.
            guard digits.count == 2, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
                let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw notDecodable }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw notDecodable }
        return decoded
    }

    private static let notDecodable = HTTPError.badRequest("The request's query is not percent-encoded UTF-8.")
}
