// JSON Web Tokens of a site that has its own logins: RFC 7519, in the compact form of RFC 7515, with the advice of RFC 8725. Nothing of a
// token counts before its signature does.

internal import Primitives

/// What a valid token says.
package struct SignedToken: Equatable, Sendable {
    /// `sub`: identifies the user.
    package let subject: String
    package let name: String?
    /// The only rooms that the user may use; nil for all.
    package let rooms: [String]?
    /// From then on it is not accepted any more, in milliseconds since 1970.
    package let expires: Int64

    /// Bytes of a token: it fits an HTTP header (`HTTPLimits.headBytes`) and a command.
    package static let bytes = 4_096
    /// Bytes of a subject. OpenID Connect Core §2: 255 ASCII characters.
    static let subjectBytes = 255
    /// Seconds by which the clock of the signer may differ.
    static let skew = 60.0
    /// Lists and objects within each other; nothing that is read here has more than two.
    private static let depth = 8
    /// Seconds since 1970 that are far enough away for ever, and exact as a Double.
    private static let latest = 1e13

    /// - Parameters:
    ///   - text: of any size and content.
    ///   - now: milliseconds since 1970.
    package init(_ text: String, key: TokenKey, at now: Int64) throws(SignedTokenError) {
        guard text.utf8.count <= SignedToken.bytes else { throw .tooLong }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = base64URL(parts[0]), let payload = base64URL(parts[1]),
            let signature = base64URL(parts[2])
        else { throw .malformed }
        try SignedToken.check(header: try SignedToken.members(of: header), key)
        guard key.hasSigned(bytes[..<parts[1].endIndex], signature) else { throw .wrongSignature }
        let claims = try SignedToken.members(of: payload)
        guard let subject = claims["sub"]?.string, (1...SignedToken.subjectBytes).contains(subject.utf8.count) else {
            throw .claim("sub")
        }
        self.subject = subject
        name = try SignedToken.value(claims["name"]?.string, "name", of: claims)
        let list = try SignedToken.value(claims["rooms"]?.elements, "rooms", of: claims)
        rooms = list?.compactMap(\.string)
        guard rooms?.count == list?.count else { throw .claim("rooms") }
        try SignedToken.check(audience: claims["aud"])
        let seconds = Double(now) / 1_000
        guard let expires = claims["exp"]?.number, expires >= 0 else { throw .claim("exp") }
        let end = min(expires, SignedToken.latest) + SignedToken.skew
        guard seconds < end else { throw .expired }
        self.expires = Int64(end * 1_000)
        if let start = try SignedToken.value(claims["nbf"]?.number, "nbf", of: claims) {
            guard seconds >= start - SignedToken.skew else { throw .early }
        }
    }

    /// RFC 8725 §3.1, §3.11; RFC 7515 §4.1.11.
    private static func check(header: [String: JSONText], _ key: TokenKey) throws(SignedTokenError) {
        guard header["alg"]?.string == key.algorithm else { throw .wrongAlgorithm(key.algorithm) }
        guard header["crit"] == nil else { throw .header("crit") }
        guard header["typ"].map({ $0.string?.lowercased() == "jwt" }) ?? true else { throw .header("typ") }
    }

    /// RFC 7519 §4.1.3: a token for others is refused.
    private static func check(audience: JSONText?) throws(SignedTokenError) {
        guard let audience else { return }
        let all = audience.elements ?? [audience]
        guard all.contains(where: { $0.string == "chatrelay" }) else { throw .claim("aud") }
    }

    /// RFC 7519 §4: a name that stands twice is refused.
    private static func members(of text: [UInt8]) throws(SignedTokenError) -> [String: JSONText] {
        guard String(validating: text, as: UTF8.self) != nil, let members = JSONText.members(of: text, depth: depth)
        else { throw .malformed }
        var found: [String: JSONText] = [:]
        for member in members {
            guard found.updateValue(member.value, forKey: member.name) == nil else { throw .repeated }
        }
        return found
    }

    /// - Parameter value: nil where the claim is absent, or not what it must be.
    private static func value<Value>(
        _ value: Value?, _ name: String, of claims: [String: JSONText]
    ) throws(SignedTokenError) -> Value? {
        guard value != nil || claims[name] == nil else { throw .claim(name) }
        return value
    }
}

/// Why a token is refused.
package enum SignedTokenError: Error, Equatable {
    case tooLong
    case malformed
    /// A name stands twice in the header, or in the claims.
    case repeated
    /// The algorithm of the key.
    case wrongAlgorithm(String)
    case header(String)
    case wrongSignature
    case claim(String)
    case expired
    case early

    /// For the site's developer: nothing in it is the sender's.
    package var sentence: String {
        switch self {
        case .tooLong: "The signed token has more than \(SignedToken.bytes) bytes."
        case .malformed:
            "The signed token is not a JWT: three parts in base64url without padding, two of them JSON objects."
        case .repeated: "A name stands twice in the signed token."
        case .wrongAlgorithm(let algorithm):
            "The header of the signed token does not name the algorithm of this server's key, \(algorithm)."
        case .header(let name): "The header of the signed token has a \(name) that is not accepted."
        case .wrongSignature: "The signed token is not signed with this server's key."
        case .claim("aud"): "The signed token is for others: its aud must be or contain chatrelay."
        case .claim(let name): "The claim \(name) of the signed token is missing or not valid."
        case .expired: "The signed token has expired. Get a new one."
        case .early: "The signed token is not valid yet (nbf). The clocks of its signer and of this server must agree."
        }
    }
}
