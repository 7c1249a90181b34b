// The head of a request. RFC 9112 §3 to §5.

package struct RequestHead: Sendable {
    /// As it was sent: methods are case-sensitive (RFC 9110 §9.1).
    package let method: String
    /// The path of the target, without the query.
    package let path: String
    /// The query of the target, without the “?”; nil where there is none.
    package let query: String?
    /// The authority: from the target where it has one, else from the Host header; empty where HTTP/1.0 has none.
    package let host: String
    package let isHTTP10: Bool
    /// Bytes of the body; 0 where there is none.
    package let contentLength: Int
    private let headers: [Header]

    /// The first value of a header, by its name in any case.
    package func header(_ name: String) -> String? { all(name.lowercased()).first }

    /// All values of a header, by its name in lower case.
    package func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    /// The elements of a header whose value is a list (RFC 9110 §5.6.1), by its name in lower case.
    package func elements(_ name: String) -> [String] { all(name).flatMap { RequestHead.elements(of: $0) } }

    /// - Parameter bytes: from the parser: the request line and the header lines, with the empty line at the end.
    init(_ bytes: [UInt8]) throws(HTTPError) {
        let lines = RequestHead.lines(of: bytes)
        let line = try RequestHead.requestLine(lines[0])
        guard lines.count <= 1 + HTTPLimits.headers else { throw .headTooLarge }
        var headers: [Header] = []
        for line in lines.dropFirst() { headers.append(try RequestHead.header(of: line)) }
        self.headers = headers
        (method, path, query, isHTTP10) = (line.method, line.path, line.query, line.isHTTP10)
        // RFC 9112 §3.2: exactly one Host, but for HTTP/1.0; §3.2.2: the authority of the absolute form has precedence.
        let hosts = headers.filter { $0.name == "host" }.map(\.value)
        guard hosts.count == 1 && hosts != [""] || hosts.isEmpty && isHTTP10 else {
            throw .badRequest("The request needs one Host header.")
        }
        host = line.authority ?? hosts.first ?? ""
        // RFC 9112 §6.1: a server may refuse a transfer coding; §6.3: lengths that differ are an attack or an error.
        guard headers.allSatisfy({ $0.name != "transfer-encoding" }) else {
            throw .badRequest("A request here has no body in chunks; send it with Content-Length.")
        }
        let lengths = Set(headers.filter { $0.name == "content-length" }.map(\.value))
        guard lengths.count <= 1, let length = RequestHead.length(lengths.first ?? "0") else {
            throw .badRequest("The request's Content-Length is not one number.")
        }
        contentLength = length
    }

    /// RFC 9110 §8.6: digits only. More than any limit here is not told apart.
    private static func length(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        return Int(text) ?? .max
    }
}
