// Who opened a session of Engine.IO, as far as its first request tells.

package import HTTP
package import Primitives

package struct EngineClient: Equatable, Sendable {
    /// Nil where it is not known, or that of the WebSocket.
    package let address: IPAddress?
    let user: EngineUser
    /// The header line that gives the client its cookie; nil where it has one.
    package let setCookie: String?

    private static let cookie = "chatrelay"
    /// Seconds for which a browser keeps the cookie: longer than names are reserved by default.
    private static let cookieSeconds = 31_536_000

    package init(
        _ head: RequestHead, address: IPAddress?, authenticatedName: String?, newToken: @autoclosure () -> ClientToken
    ) {
        self.address = address
        let isBrowser = head.header("User-Agent")?.hasPrefix("Mozilla/") ?? false
        let known = EngineClient.token(in: head)
        if let authenticatedName {
            user = EngineUser(.proxy(name: authenticatedName), isBrowser: isBrowser)
        } else {
            user = EngineUser(.cookie(known ?? newToken()), isBrowser: isBrowser)
        }
        guard known == nil, let token = user.token else {
            setCookie = nil
            return
        }
        // RFC 6265 §5.1.4: without Path the cookie goes to the folder of the request only.
        let secure = head.header("X-Forwarded-Proto")?.lowercased() == "https" ? "; Secure" : ""
        setCookie =
            "Set-Cookie: \(EngineClient.cookie)=\(token); Max-Age=\(EngineClient.cookieSeconds); HttpOnly; SameSite=Strict\(secure)"
    }

    init(_ user: EngineUser, address: IPAddress?) {
        (self.user, self.address) = (user, address)
        setCookie = nil
    }

    package var authenticatedName: String? { user.authenticatedName }
    package var token: String? { user.token }

    private static func token(in head: RequestHead) -> ClientToken? {
        head.all("cookie").lazy.flatMap { $0.split(separator: ";") }
            .map { $0.trimmingPrefix { $0 == " " } }
            .first { $0.hasPrefix("\(cookie)=") }
            .flatMap { ClientToken(String($0.dropFirst(cookie.count + 1))) }
    }
}

/// Whose session it is. Small, because each session keeps it.
struct EngineUser: Equatable, Sendable {
    enum Identity: Equatable, Sendable {
        case proxy(name: String)
        case cookie(ClientToken)
    }

    private let identity: Identity
    /// Whether it is a browser, which gets connection state recovery without asking.
    let isBrowser: Bool

    init(_ identity: Identity, isBrowser: Bool) { (self.identity, self.isBrowser) = (identity, isBrowser) }

    /// The user whom the proxy names, where that is asked for.
    var authenticatedName: String? {
        if case .proxy(let name) = identity { name } else { nil }
    }

    /// The token of its user: that of the cookie, or a new one; nil where the proxy names users.
    var token: String? {
        if case .cookie(let token) = identity { token.text } else { nil }
    }
}

/// A user's token as the chat writes it, 32 lower-case hexadecimal digits, in 16 bytes.
package struct ClientToken: Equatable, Sendable {
    private let high: UInt64
    private let low: UInt64

    package init(_ high: UInt64, _ low: UInt64) { (self.high, self.low) = (high, low) }

    /// - Returns: nil for another text.
    init?(_ text: String) {
        let digits = text.utf8
        guard digits.count == 32, digits.allSatisfy({ ClientToken.digits.contains($0) }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high, low)
    }

    var text: String { ClientToken.hexadecimal(high) + ClientToken.hexadecimal(low) }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func hexadecimal(_ half: UInt64) -> String {
        String(decoding: (0..<16).map { digits[Int(half >> (60 - 4 * UInt64($0)) & 15)] }, as: UTF8.self)
    }
}
