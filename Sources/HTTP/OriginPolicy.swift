// Which sites' pages may talk to this server. RFC 6454; RFC 6455 §10.2.

package struct OriginPolicy: Equatable, Sendable {
    /// Origins in lower case that are allowed besides the request's own host; "*" allows all.
    package var allowed: [String]

    package init(allowed: [String] = []) { self.allowed = allowed }

    /// Whether a text is an origin: scheme://host[:port], nothing after it (RFC 6454 §6.2).
    package static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return false }
        let host = text.dropFirst(scheme.count)
        return !host.isEmpty && !host.contains { "/?#@ ".contains($0) }
    }

    /// - Throws: 403 for a page of another origin, 400 for a request with more than one Origin header.
    package func check(_ head: RequestHead) throws(HTTPError) {
        let origins = head.all("origin")
        guard origins.count <= 1 else { throw .badRequest("The request has more than one Origin header.") }
        // A client without an Origin header is no browser, and needs no protection from other sites' pages.
        guard let origin = origins.first?.lowercased() else { return }
        guard allows(origin, head) else {
            throw HTTPError(
                403, "Pages of that origin may not connect; the server's --allow-origin names those that may.")
        }
    }

    private func allows(_ origin: String, _ head: RequestHead) -> Bool {
        if allowed.contains("*") || allowed.contains(origin) { return true }
        // The proxy says that the browser used TLS. A page of this host that was loaded without TLS may come from anybody on the
        // network path. (The reverse is allowed: another proxy may have terminated TLS before.)
        if origin.hasPrefix("http:"), head.header("X-Forwarded-Proto")?.lowercased() == "https" { return false }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            func withoutDefaultPort(_ host: some StringProtocol) -> String {
                String(host.hasSuffix(port) ? host.dropLast(port.count) : host[...])
            }
            return withoutDefaultPort(origin.dropFirst(scheme.count)) == withoutDefaultPort(head.host.lowercased())
        }
        return false
    }
}
