// The upgrade request and its answer. RFC 6455 §4.2, RFC 9112 for its syntax, RFC 6454 for origins.

internal import Crypto
internal import FoundationEssentials

/// A request that is a proper WebSocket upgrade.
package struct UpgradeRequest: Sendable {
    /// The path, without a query.
    package let path: String
    package let host: String
    package let origin: String?
    /// What the client offers, in its order of preference.
    package let subprotocols: [String]
    private let key: String
    private let headers: [Header]

    /// The first value of a header, by its name in any case.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name == name }?.value
    }

    /// The answer that makes it a WebSocket. Extensions are declined by not being named (RFC 6455 §9.1).
    /// - Parameters:
    ///   - path: the one path that is served.
    ///   - subprotocol: the one that is spoken; a client may offer none, but not only others.
    ///   - allowedOrigins: origins in lower case that may connect besides the host's own; "*" is all.
    package func accept(
        path: String, subprotocol: String, allowedOrigins: [String]
    ) throws(UpgradeRefusal) -> [UInt8] {
        guard self.path == path else { throw .notFound(path) }
        guard isAllowed(by: allowedOrigins) else {
            throw .forbidden("Pages of that origin may not connect; the server's --allow-origin names those that may.")
        }
        guard subprotocols.isEmpty || subprotocols.contains(subprotocol) else {
            throw .badRequest("Only the subprotocol \(subprotocol) is spoken here.")
        }
        // RFC 6455 §4.2.2: the key and the GUID, hashed.
        let digest = Insecure.SHA1.hash(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        var lines = [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Accept: \(Data(digest).base64EncodedString())",
        ]
        if !subprotocols.isEmpty { lines.append("Sec-WebSocket-Protocol: \(subprotocol)") }
        return Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
    }

    /// Without an Origin it is no browser, and needs no protection from other sites' pages (RFC 6455 §10.2).
    private func isAllowed(by allowedOrigins: [String]) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if allowedOrigins.contains("*") || allowedOrigins.contains(origin) { return true }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            func bare(_ host: some StringProtocol) -> String {
                String(host.hasSuffix(port) ? host.dropLast(port.count) : host[...])
            }
            return bare(origin.dropFirst(scheme.count)) == bare(host.lowercased())
        }
        return false
    }

    /// - Parameter head: from the parser: the request line (maybe empty) and the header lines, with the empty line at
    ///   the end.
    init(head: [UInt8]) throws(UpgradeRefusal) {
        let lines = UpgradeRequest.lines(of: head)
        let target = try UpgradeRequest.target(of: lines[0])
        guard lines.count <= 1 + Limits.headers else { throw .headTooLarge }
        var headers: [Header] = []
        for line in lines.dropFirst() { headers.append(try UpgradeRequest.header(of: line)) }
        func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
        func words(_ name: String) -> [String] { all(name).flatMap(UpgradeRequest.elements) }
        // RFC 9112 §3.2: exactly one Host.
        let hosts = all("host")
        guard hosts.count == 1, let host = hosts.first, !host.isEmpty else {
            throw .badRequest("The request needs one Host header.")
        }
        guard all("transfer-encoding").isEmpty, all("content-length").allSatisfy({ $0 == "0" }) else {
            throw .badRequest("A WebSocket request has no body.")
        }
        // RFC 6455 §4.2.1, items 3 to 6.
        guard words("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            words("connection").contains(where: { $0.lowercased() == "upgrade" })
        else { throw .upgradeRequired("This is a WebSocket; the request is not an upgrade to it.") }
        guard all("sec-websocket-version") == ["13"] else {
            throw .upgradeRequired("Only version 13 of the WebSocket protocol is spoken here.")
        }
        let keys = all("sec-websocket-key")
        guard keys.count == 1, let key = keys.first, Data(base64Encoded: key)?.count == 16 else {
            throw .badRequest("The request needs one Sec-WebSocket-Key of 16 bytes in base64.")
        }
        let origins = all("origin")
        guard origins.count <= 1 else { throw .badRequest("The request has more than one Origin header.") }
        self.path = target.path
        // RFC 9112 §3.2.2: the authority of the absolute form counts more than Host.
        self.host = target.authority ?? host
        self.origin = origins.first
        self.subprotocols = words("sec-websocket-protocol")
        self.key = key
        self.headers = headers
    }
}
