// Origins and hosts in the form in which browsers send them. RFC 6454 §6.2; https://url.spec.whatwg.org/#host-serializing

internal import Primitives

/// A host with an optional port: the value of a Host header (RFC 9110 §7.2).
package struct Authority: Hashable, Sendable {
    /// In lower case; an IPv6 address is in brackets and in its shortest form.
    package let host: String
    package let port: UInt16?

    /// - Parameter text: "chat.example.org:8443", "192.0.2.7", "[2001:db8::1]:80"; nil for anything else, and for every name that
    ///   no browser sends: with letters other than ASCII (their form is xn--…), a wildcard, or an address in another spelling.
    package init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        let end = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
        let rest = text[(end ?? text.endIndex)...]
        guard let host = Authority.host(text[..<(end ?? text.endIndex)]) else { return nil }
        self.host = host
        if rest.isEmpty {
            port = nil
        } else {
            // An integer may have a sign, a port may not.
            guard rest.first == ":", rest.dropFirst().utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
                let number = UInt16(rest.dropFirst()), number > 0
            else { return nil }
            port = number
        }
    }

    private static func host(_ text: Substring) -> String? {
        if text.hasPrefix("["), text.hasSuffix("]") {
            guard let address = IPAddress(String(text.dropFirst().dropLast())), !address.isIPv4 else { return nil }
            return "[\(address)]"
        }
        let isName = text.utf8.allSatisfy { byte in
            0x61...0x7a ~= byte || 0x30...0x39 ~= byte || "-._".utf8.contains(byte)
        }
        guard isName, text.utf8.count <= HTTPLimits.hostBytes else { return nil }
        // A dot at the end makes another host, which browsers keep apart.
        let labels = (text.hasSuffix(".") ? text.dropLast() : text)
            .split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy({ !$0.isEmpty }), let last = labels.last, let first = last.utf8.first else {
            return nil
        }
        // A last label that begins like a number makes it an IPv4 address, or no host at all.
        if 0x30...0x39 ~= first, last.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) || last.hasPrefix("0x") {
            guard let address = IPAddress(String(text)), address.description == text else { return nil }
        }
        return String(text)
    }
}

/// An origin. A port that is its scheme's default is left out.
package struct Origin: Hashable, Sendable {
    package let scheme: String
    package let host: String
    private let port: UInt16

    /// Schemes that are no part of any page's origin: a browser sends “null” for such a page, or has none.
    private static let withoutOrigin: Set = ["about", "blob", "data", "file", "ftp", "javascript", "ws", "wss"]

    /// - Parameter text: "https://chat.example.org", "http://[::1]:8080", "capacitor://localhost"; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        let scheme = text.prefix { $0 != ":" }
        guard let first = scheme.utf8.first, 0x61...0x7a ~= first, !Origin.withoutOrigin.contains(String(scheme)),
            scheme.utf8.allSatisfy({ 0x61...0x7a ~= $0 || 0x30...0x39 ~= $0 || "+-.".utf8.contains($0) }),
            text.dropFirst(scheme.count).hasPrefix("://"),
            let authority = Authority(text.dropFirst(scheme.count + 3))
        else { return nil }
        self.scheme = String(scheme)
        host = authority.host
        port = authority.port ?? Origin.defaultPort(self.scheme)
    }

    /// Whether a page of this origin was loaded from that host and port.
    package func isOf(_ authority: Authority) -> Bool {
        (scheme == "https" || scheme == "http") && host == authority.host
            && port == authority.port ?? Origin.defaultPort(scheme)
    }

    /// 0 for a scheme without one.
    private static func defaultPort(_ scheme: String) -> UInt16 {
        switch scheme {
        case "https": 443
        case "http": 80
        default: 0
        }
    }
}
