// Which files have a key, and what is said of the others.

import Crypto
import FoundationEssentials
import Testing

@testable import SignedTokens

@Suite struct TokenKeyTests {
    private func reason(_ file: String) -> String? {
        do {
            _ = try TokenKey(Array(file.utf8))
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func eachKindOfKeyHasItsAlgorithm() throws {
        let p256 = P256.Signing.PrivateKey().publicKey.pemRepresentation
        for (file, algorithm) in [
            (ed25519, "EdDSA"), (p256, "ES256"), (p256.split(separator: "\n").joined(separator: "\r\n"), "ES256"),
            (String(repeating: "x", count: 32), "HS256"), (String(repeating: "+/=-_", count: 10) + "\n", "HS256"),
        ] {
            let key = try TokenKey(Array(file.utf8))
            #expect(key.algorithm == algorithm && key.isSecret == (algorithm == "HS256"))
            #expect(try key == TokenKey(Array(file.utf8)))
        }
        #expect(try TokenKey(Array(ed25519.utf8)) != TokenKey(Array(p256.utf8)))
    }

    @Test(arguments: [
        ("", "it is empty"), ("\n\n", "it is empty"), ("short", "has 5 characters"),
        (String(repeating: "x", count: 31), "openssl rand -hex 32"),
        (String(repeating: "x ", count: 32), "line 1 has a space"),
        (String(repeating: "x", count: 40) + "\nmore", "line 2"), (String(repeating: "\u{e9}", count: 40), "line 1"),
        (#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#, "JWK"),
        ("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "without its lines BEGIN and END"),
        (P256.Signing.PrivateKey().pemRepresentation, "openssl pkey -in FILE -pubout"),
        ("-----BEGIN EC PRIVATE KEY-----\n", "private key"), ("-----BEGIN CERTIFICATE-----\n", "BEGIN CERTIFICATE"),
        ("-----BEGIN PUBLIC KEY-----\n", "no line “-----END PUBLIC KEY-----”"),
        ("-----BEGIN PUBLIC KEY-----\n*\n-----END PUBLIC KEY-----\n", "the lines 2 to 2 are not base64"),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "of another kind"), (ed25519 + ed25519, "line 4"),
        (P384.Signing.PrivateKey().publicKey.pemRepresentation, "of another kind"),
    ])
    func whatIsNoKeyIsRefused(_ file: String, _ part: String) {
        #expect(reason(file)?.contains(part) == true, "\(reason(file) ?? "accepted")")
    }
}
