// The upgrade request and its answer. RFC 6455 §4.2, RFC 6454 for origins.

internal import Crypto
internal import FoundationEssentials

/// A request that is a proper WebSocket upgrade.
package struct UpgradeRequest: Sendable {
    package let head: RequestHead
    package let origin: String?
    /// What the client offers, in its order of preference.
    package let subprotocols: [String]
    private let key: String

    /// The answer that makes it a WebSocket, and what was agreed on about compression. Extensions are declined by not being
    /// named (RFC 6455 §9.1).
    /// - Parameters:
    ///   - path: the one path that is served.
    ///   - subprotocol: the one that is spoken; a client may offer none, but not only others.
    ///   - allowedOrigins: origins in lower case that may connect besides the host's own; "*" is all.
    ///   - windows: of permessage-deflate those that the server can keep to (RFC 7692 §7.1.2.1); nil: no compression.
    package func accept(
        path: String, subprotocol: String, allowedOrigins: [String], windows: ClosedRange<Int>? = nil
    ) throws(UpgradeRefusal) -> (response: [UInt8], compression: PerMessageDeflate?) {
        guard head.path == path else { throw .notFound(path) }
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
        let offers = head.words("sec-websocket-extensions")
        let compression = windows.flatMap { PerMessageDeflate(offers: offers, windows: $0) }
        if let compression { lines.append("Sec-WebSocket-Extensions: \(compression.answer)") }
        return (Array((lines + ["", ""]).joined(separator: "\r\n").utf8), compression)
    }

    /// Without an Origin it is no browser, and needs no protection from other sites' pages (RFC 6455 §10.2).
    private func isAllowed(by allowedOrigins: [String]) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if allowedOrigins.contains("*") || allowedOrigins.contains(origin) { return true }
        // The proxy's word: the browser spoke TLS to it. A page of this host that came without TLS may be anybody's who sits
        // on the way. (The other way round another proxy may have ended TLS before.)
        if origin.hasPrefix("http:"), head.header("X-Forwarded-Proto")?.lowercased() == "https" { return false }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            func bare(_ host: some StringProtocol) -> String {
                String(host.hasSuffix(port) ? host.dropLast(port.count) : host[...])
            }
            return bare(origin.dropFirst(scheme.count)) == bare(head.host.lowercased())
        }
        return false
    }

    package init(_ head: RequestHead) throws(UpgradeRefusal) {
        // RFC 6455 §4.2.1, items 1 and 3 to 6.
        guard head.method == "GET" else { throw .notGet }
        guard head.words("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            head.words("connection").contains(where: { $0.lowercased() == "upgrade" })
        else { throw .upgradeRequired("This is a WebSocket; the request is not an upgrade to it.") }
        guard head.all("sec-websocket-version") == ["13"] else {
            throw .upgradeRequired("Only version 13 of the WebSocket protocol is spoken here.")
        }
        let keys = head.all("sec-websocket-key")
        guard keys.count == 1, let key = keys.first, Data(base64Encoded: key)?.count == 16 else {
            throw .badRequest("The request needs one Sec-WebSocket-Key of 16 bytes in base64.")
        }
        let origins = head.all("origin")
        guard origins.count <= 1 else { throw .badRequest("The request has more than one Origin header.") }
        self.head = head
        self.origin = origins.first
        self.subprotocols = head.words("sec-websocket-protocol")
        self.key = key
    }
}
