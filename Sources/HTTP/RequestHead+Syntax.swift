// The syntax of a request head, strictly: what two parsers could read in two ways is refused. RFC 9112 §3 to §5.
//
// It works on bytes: in a String, a colon followed by a combining accent is another character than a colon.

extension RequestHead {
    typealias Header = (name: String, value: String)

    /// The lines without CR LF, and without the empty last one. The parser guarantees that CR and LF stand only at line ends.
    static func lines(of head: [UInt8]) -> [ArraySlice<UInt8>] {
        head.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast(2).map { $0.dropLast() }
    }

    /// What the request line says (RFC 9112 §3).
    struct RequestLine {
        var method: String
        var path: String
        var query: String?
        /// Nil but for the absolute form of the target.
        var authority: String?
        var isHTTP10: Bool
    }

    static func requestLine(_ line: ArraySlice<UInt8>) throws(HTTPError) -> RequestLine {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, isToken(parts[0]) else {
            throw .badRequest("The request line is not “GET path HTTP/1.1”.")
        }
        let method = text(parts[0])
        // Health checks of some proxies are HTTP/1.0.
        let isHTTP10 = parts[2].elementsEqual("HTTP/1.0".utf8)
        guard isHTTP10 || parts[2].elementsEqual("HTTP/1.1".utf8) else {
            throw .badRequest("Only HTTP/1.1 and HTTP/1.0 are accepted here.")
        }
        // RFC 3986 §2: visible ASCII only; RFC 6455 §3: no fragment.
        guard parts[1].allSatisfy({ 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "#") }) else {
            throw .badRequest("The request's target is not a path.")
        }
        let target = parts[1].prefix { $0 != UInt8(ascii: "?") }
        let query = target.count < parts[1].count ? text(parts[1].dropFirst(target.count + 1)) : nil
        // RFC 9112 §3.2.4: OPTIONS may ask about the whole server.
        if target.first == UInt8(ascii: "/") || method == "OPTIONS" && parts[1].elementsEqual("*".utf8) {
            return RequestLine(method: method, path: text(target), query: query, isHTTP10: isHTTP10)
        }
        // RFC 9112 §3.2.2: a server must accept the absolute form too.
        for scheme in ["http://", "https://"] where text(target.prefix(scheme.utf8.count)).lowercased() == scheme {
            let rest = target.dropFirst(scheme.utf8.count)
            let authority = rest.prefix { $0 != UInt8(ascii: "/") }
            let path = rest.dropFirst(authority.count)
            return RequestLine(
                method: method, path: path.isEmpty ? "/" : text(path), query: query, authority: text(authority),
                isHTTP10: isHTTP10)
        }
        throw .badRequest("The request's target is not a path.")
    }

    /// A header's name in lower case, and its value (RFC 9112 §5).
    static func header(of line: ArraySlice<UInt8>) throws(HTTPError) -> Header {
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        // No space before the colon (§5.1), and so no line folded into the next (§5.2).
        guard name.count < line.count, isToken(name) else {
            throw .badRequest("A header line is not “name: value”.")
        }
        return (text(name).lowercased(), text(trimmed(line.dropFirst(name.count + 1))))
    }

    /// The elements of a comma-separated list (RFC 9110 §5.6.1); empty ones do not count.
    package static func elements(of list: String, separator: UInt8 = UInt8(ascii: ",")) -> [String] {
        Array(list.utf8).split(separator: separator).map { text(trimmed($0)) }.filter { !$0.isEmpty }
    }

    /// Without the spaces and tabs around it (optional white space, RFC 9110 §5.6.3).
    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let rest = bytes.drop(while: isSpace)
        return rest.prefix((rest.lastIndex { !isSpace($0) } ?? rest.startIndex - 1) + 1 - rest.startIndex)
    }

    /// UTF-8, or else Latin-1 (RFC 9110 §5.5): different bytes stay different texts, as a user's name must.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
