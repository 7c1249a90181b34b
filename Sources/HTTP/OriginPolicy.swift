// Which sites' pages may talk to this server. RFC 6454; RFC 6455 §10.2.

package struct OriginPolicy: Equatable, Sendable {
    /// Other sites whose pages may connect.
    package var allowed: Set<Origin>
    /// Whether pages of all sites may connect.
    package var allowsAll: Bool
    /// The hosts of this site, whose pages may connect. Where the set is empty, the request's Host names the site. Then an attacker
    /// whose own name resolves to this server can connect from pages of that name (DNS rebinding).
    package var hosts: Set<Authority>

    package init(allowed: Set<Origin> = [], allowsAll: Bool = false, hosts: Set<Authority> = []) {
        self.allowed = allowed
        self.allowsAll = allowsAll
        self.hosts = hosts
    }

    /// - Throws: 403 for a page of another origin, 400 for a request with more than one Origin header.
    package func check(_ head: RequestHead) throws(HTTPError) {
        let origins = head.all("origin")
        guard origins.count <= 1 else { throw .badRequest("The request has more than one Origin header.") }
        // A client without an Origin header is no browser, and needs no protection from other sites' pages.
        guard let text = origins.first, !allowsAll else { return }
        let origin = Origin(text)
        if let origin, allowed.contains(origin) { return }
        guard let origin, isOfThisSite(origin, head) else {
            throw HTTPError(
                403,
                "Pages of \(OriginPolicy.shown(text)) may not connect to \(OriginPolicy.shown(head.host)): a proxy must pass on the browser's Host with its port, or --hosts or --allow-origin must name that origin."
            )
        }
        // The proxy says that the browser used TLS. A page of this host that was loaded without TLS may come from anybody on the
        // network path. (The reverse is allowed: another proxy may have terminated TLS before.)
        if origin.scheme == "http", head.header("X-Forwarded-Proto")?.lowercased() == "https" {
            throw HTTPError(
                403,
                "The page \(OriginPolicy.shown(text)) was loaded without TLS, and \(OriginPolicy.shown(head.host)) has TLS: open it by https."
            )
        }
    }

    private func isOfThisSite(_ origin: Origin, _ head: RequestHead) -> Bool {
        guard hosts.isEmpty else { return hosts.contains(where: origin.isOf) }
        return Authority(head.host).map(origin.isOf) ?? false
    }

    /// What a client has sent, for the journal and the answer: its beginning, in visible ASCII.
    private static func shown(_ text: String) -> String {
        let visible = text.unicodeScalars.prefix(HTTPLimits.shownCharacters)
            .map { 0x21...0x7e ~= $0.value ? Character($0) : "?" }
        return "“\(String(visible))\(visible.count < text.unicodeScalars.count ? "…" : "")”"
    }
}
