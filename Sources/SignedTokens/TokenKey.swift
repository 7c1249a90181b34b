// The key that a site's signed tokens are checked with. It has one algorithm, so that a token can't choose another one (RFC 8725 §3.1).

internal import Crypto

package struct TokenKey: Equatable, Sendable {
    private enum Material: Sendable {
        case secret(SymmetricKey)
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    private let material: Material
    /// What makes two keys the same: the contents of the file.
    private let contents: [UInt8]

    /// Characters of a secret: RFC 7518 §3.2 requires 256 bits, and a character of base64 or hexadecimal digits has fewer than eight.
    package static let secretCharacters = 32

    /// Whether the key also signs: a process that can read it can make tokens.
    package var isSecret: Bool { if case .secret = material { true } else { false } }

    /// The `alg` of its tokens.
    package var algorithm: String {
        switch material {
        case .secret: "HS256"
        case .p256: "ES256"
        case .ed25519: "EdDSA"
        }
    }

    package static let allowed =
        "a file with a public key for ES256 (P-256) or EdDSA (Ed25519), as “openssl pkey -pubout” writes it, or with one line of at least \(secretCharacters) letters and digits, the secret for HS256"

    /// - Parameter file: the contents of a file, of any size.
    package init(_ file: [UInt8]) throws(TokenKeyError) {
        contents = file
        var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard let first = lines.first else { throw TokenKeyError("it is empty") }
        material =
            if first.starts(with: "-----BEGIN ".utf8) {
                try TokenKey.publicKey(lines)
            } else {
                .secret(SymmetricKey(data: try TokenKey.secret(lines)))
            }
    }

    /// A secret of any bytes, for tests.
    init(secret: [UInt8]) { (material, contents) = (.secret(SymmetricKey(data: secret)), secret) }

    package static func == (one: TokenKey, other: TokenKey) -> Bool { one.contents == other.contents }

    /// - Parameter text: what is signed.
    func hasSigned(_ text: some Collection<UInt8>, _ signature: [UInt8]) -> Bool {
        let text = Array(text)
        switch material {
        case .secret(let key):
            return HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: text, using: key)
        case .p256(let key):
            // RFC 7518 §3.4: R and S, 32 bytes each.
            guard signature.count == 64, let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: text)
        case .ed25519(let key):
            return signature.count == 64 && key.isValidSignature(signature, for: text)
        }
    }

    /// The secret is the line itself. What else could be meant for a key is not taken for one: a public key as a secret is known to all.
    private static func secret(_ lines: [ArraySlice<UInt8>]) throws(TokenKeyError) -> [UInt8] {
        let line = lines[0]
        guard lines.count == 1 else { throw TokenKeyError("line 2 follows a first line that begins no key") }
        guard line.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TokenKeyError("line 1 has a space or another character that is no letter, digit or sign")
        }
        guard line.first != UInt8(ascii: "{") else {
            throw TokenKeyError("line 1 is a JWK, which is not read here: convert it to PEM")
        }
        // The beginnings of public keys in base64: Ed25519, an elliptic curve, RSA.
        for beginning in ["MCowBQYDK2Vw", "MFkwEwYHKoZI", "MIIB", "MIIC"] where line.starts(with: beginning.utf8) {
            throw TokenKeyError("line 1 looks like a public key without its lines BEGIN and END")
        }
        guard line.count >= secretCharacters else {
            throw TokenKeyError(
                "the secret in line 1 has \(line.count) characters: “openssl rand -hex 32” makes one that is long enough"
            )
        }
        return Array(line)
    }

    /// PEM, RFC 7468 §13.
    private static func publicKey(_ lines: [ArraySlice<UInt8>]) throws(TokenKeyError) -> Material {
        let first = String(decoding: lines[0], as: UTF8.self)
        guard !first.contains("PRIVATE KEY") else {
            throw TokenKeyError(
                "line 1 begins a private key, which belongs to the signer only: give the public key that “openssl pkey -in FILE -pubout” prints"
            )
        }
        guard first == "-----BEGIN PUBLIC KEY-----" else {
            throw TokenKeyError("line 1 is “\(first.prefix(40))”, and not “-----BEGIN PUBLIC KEY-----”")
        }
        guard let last = lines.firstIndex(where: { $0.elementsEqual("-----END PUBLIC KEY-----".utf8) }) else {
            throw TokenKeyError("there is no line “-----END PUBLIC KEY-----”")
        }
        guard last == lines.count - 1 else { throw TokenKeyError("line \(last + 2) follows the end of the key") }
        guard let der = base64(lines[1..<last].joined().map(\.self)) else {
            throw TokenKeyError("the lines 2 to \(last) are not base64")
        }
        // RFC 8410 §10.1.
        let ed25519: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        if der.starts(with: ed25519), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: der.dropFirst(12))
        {
            return .ed25519(key)
        }
        if let key = try? P256.Signing.PublicKey(derRepresentation: der) { return .p256(key) }
        throw TokenKeyError("the key is of another kind, for example RSA or P-384")
    }
}

/// Why a file has no key.
package struct TokenKeyError: Error, Equatable {
    /// Goes on after “in this file”.
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
