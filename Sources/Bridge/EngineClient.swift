// Who opened a session of Engine.IO, as far as its first request tells.

package import HTTP
package import Primitives

package struct EngineClient: Equatable, Sendable {
    package let address: IPAddress?
    /// The user whom the proxy names, where that is asked for.
    package let authenticatedName: String?
    /// The token of its user: that of the cookie, or a new one; nil where the proxy names users.
    package let token: String?
    /// Whether it is a browser, which gets connection state recovery without asking.
    let isBrowser: Bool
    /// The header line that gives the client its cookie; nil where it has one.
    package let setCookie: String?

    private static let cookie = "chatrelay"
    /// Seconds for which a browser keeps the cookie: longer than names are reserved by default.
    private static let cookieSeconds = 31_536_000

    /// - Parameter newToken: 32 hexadecimal digits.
    package init(
        _ head: RequestHead, address: IPAddress?, authenticatedName: String?, newToken: @autoclosure () -> String
    ) {
        self.address = address
        self.authenticatedName = authenticatedName
        isBrowser = head.header("User-Agent")?.hasPrefix("Mozilla/") ?? false
        let known = EngineClient.token(in: head)
        guard authenticatedName == nil, known == nil else {
            token = authenticatedName == nil ? known : nil
            setCookie = nil
            return
        }
        let new = newToken()
        token = new
        // RFC 6265 §5.1.4: without Path the cookie goes to the folder of the request only.
        let secure = head.header("X-Forwarded-Proto")?.lowercased() == "https" ? "; Secure" : ""
        setCookie =
            "Set-Cookie: \(EngineClient.cookie)=\(new); Max-Age=\(EngineClient.cookieSeconds); HttpOnly; SameSite=Strict\(secure)"
    }

    init(address: IPAddress?, authenticatedName: String?, token: String?, isBrowser: Bool) {
        (self.address, self.authenticatedName, self.token) = (address, authenticatedName, token)
        self.isBrowser = isBrowser
        setCookie = nil
    }

    /// What is kept of it.
    var withoutCookie: EngineClient {
        EngineClient(address: address, authenticatedName: authenticatedName, token: token, isBrowser: isBrowser)
    }

    private static func token(in head: RequestHead) -> String? {
        head.all("cookie").lazy.flatMap { $0.split(separator: ";") }
            .map { $0.trimmingPrefix { $0 == " " } }
            .first { $0.hasPrefix("\(cookie)=") }
            .map { String($0.dropFirst(cookie.count + 1)) }
            .flatMap { isToken($0) ? $0 : nil }
    }

    static func isToken(_ text: String) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }
}
