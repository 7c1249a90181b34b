// The head of a request, whatever it asks for: an upgrade (UpgradeRequest), or a page. RFC 9112 §3 to §5.

package struct RequestHead: Sendable {
    /// As it was sent: methods are told apart by case (RFC 9110 §9.1).
    package let method: String
    /// The path, without a query.
    package let path: String
    package let host: String
    private let headers: [Header]

    /// The first value of a header, by its name in any case.
    package func header(_ name: String) -> String? { all(name.lowercased()).first }

    /// All values of a header, by its name in lower case.
    func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    /// The elements of a header that is a list.
    func words(_ name: String) -> [String] { all(name).flatMap { RequestHead.elements(of: $0) } }

    /// - Parameter head: from the parser: the request line (maybe empty) and the header lines, with the empty line at
    ///   the end.
    init(_ head: [UInt8]) throws(UpgradeRefusal) {
        let lines = RequestHead.lines(of: head)
        let (method, path, authority) = try RequestHead.requestLine(lines[0])
        guard lines.count <= 1 + Limits.headers else { throw .headTooLarge }
        var headers: [Header] = []
        for line in lines.dropFirst() { headers.append(try RequestHead.header(of: line)) }
        self.headers = headers
        self.method = method
        self.path = path
        // RFC 9112 §3.2: exactly one Host; §3.2.2: the authority of the absolute form counts more.
        let hosts = headers.filter { $0.name == "host" }.map(\.value)
        guard hosts.count == 1, let host = hosts.first, !host.isEmpty else {
            throw .badRequest("The request needs one Host header.")
        }
        self.host = authority ?? host
        guard all("transfer-encoding").isEmpty, all("content-length").allSatisfy({ $0 == "0" }) else {
            throw .badRequest("A request here has no body.")
        }
    }
}
