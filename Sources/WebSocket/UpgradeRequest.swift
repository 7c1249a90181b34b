// The opening handshake, from the server's side. RFC 6455 §4.2.

internal import Crypto
internal import FoundationEssentials
package import HTTP

/// A request that is a valid WebSocket upgrade.
package struct UpgradeRequest: Sendable {
    package let head: RequestHead
    /// The subprotocols that the client offers, in its order of preference.
    package let subprotocols: [String]
    private let key: String

    /// The checks that concern requests that are no upgrades, too. A page can't read the answer to its handshake (RFC 6455 §4.1); it
    /// sends a plain request after one that failed, and shows what this says.
    /// - Parameters:
    ///   - path: the one path that is served.
    ///   - origins: whose pages may connect.
    /// - Throws: 404, 403 or 400.
    package static func check(_ head: RequestHead, path: String, origins: OriginPolicy) throws(HTTPError) {
        guard head.path == path else { throw HTTPError(404, "There is nothing here; the WebSocket is at \(path).") }
        try origins.check(head)
    }

    /// Validates the request.
    /// - Throws: 405, 426 or 400 for a request that is not an upgrade (RFC 6455 §4.2.1, items 1 and 3 to 6).
    package init(_ head: RequestHead) throws(HTTPError) {
        guard head.elements("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            head.elements("connection").contains(where: { $0.lowercased() == "upgrade" })
        else {
            throw UpgradeRequest.upgradeRequired(
                "This is a WebSocket, and the request is not an upgrade to it: a proxy must pass on the lines Upgrade and Connection."
            )
        }
        // RFC 9110 §7.8: HTTP/1.0 has no upgrade.
        guard !head.isHTTP10 else {
            throw UpgradeRequest.upgradeRequired(
                "A WebSocket needs HTTP/1.1, and the request is HTTP/1.0: a proxy must use 1.1 (nginx: proxy_http_version 1.1)."
            )
        }
        guard head.method == "GET" else { throw .methodNotAllowed("A WebSocket begins with GET.", allow: "GET") }
        guard head.all("sec-websocket-version") == ["13"] else {
            throw UpgradeRequest.upgradeRequired("Only version 13 of the WebSocket protocol is supported here.")
        }
        let keys = head.all("sec-websocket-key")
        guard keys.count == 1, let key = keys.first, Data(base64Encoded: key)?.count == 16 else {
            throw .badRequest("The request needs one Sec-WebSocket-Key of 16 bytes in base64.")
        }
        self.head = head
        subprotocols = head.elements("sec-websocket-protocol")
        self.key = key
    }

    /// The response that opens the WebSocket, and the compression that was negotiated. Extensions are declined by not being named
    /// (RFC 6455 §9.1).
    /// - Parameters:
    ///   - subprotocol: the one that is spoken; a client may offer none, but not only others. Nil where none is spoken.
    ///   - windows: the window sizes of permessage-deflate that the server supports (RFC 7692 §7.1.2.1); nil: no compression.
    ///   - headers: further header lines of the response.
    /// - Throws: 400.
    package func accept(
        subprotocol: String?, windows: ClosedRange<Int>? = nil, headers: [String] = []
    ) throws(HTTPError) -> (response: [UInt8], compression: PerMessageDeflate?) {
        let isSpoken = subprotocol.map(subprotocols.contains) ?? false
        if let subprotocol, !isSpoken, !subprotocols.isEmpty {
            throw .badRequest("Only the subprotocol \(subprotocol) is supported here.")
        }
        // RFC 6455 §4.2.2: the key and the GUID, hashed.
        let digest = Insecure.SHA1.hash(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        var lines = [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Accept: \(Data(digest).base64EncodedString())",
        ]
        if let subprotocol, isSpoken { lines.append("Sec-WebSocket-Protocol: \(subprotocol)") }
        let offers = head.elements("sec-websocket-extensions")
        let compression = windows.flatMap { PerMessageDeflate(offers: offers, windows: $0) }
        if let compression { lines.append("Sec-WebSocket-Extensions: \(compression.answer)") }
        return (Array((lines + headers + ["", ""]).joined(separator: "\r\n").utf8), compression)
    }

    /// RFC 9110 §15.5.22: a 426 names the protocol to upgrade to; RFC 6455 §4.4: and its version.
    private static func upgradeRequired(_ reason: String) -> HTTPError {
        HTTPError(426, reason, headers: ["Upgrade: websocket", "Sec-WebSocket-Version: 13"])
    }
}
