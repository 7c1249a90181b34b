// Which tokens are accepted: the examples of the RFCs, and tokens that are signed here.

import Crypto
import FoundationEssentials
import Testing

@testable import SignedTokens

private let now: Int64 = 1_767_225_600_000
private let secret = Array("0123456789abcdef0123456789abcdef".utf8)

func encoded(_ bytes: some Collection<UInt8>) -> String {
    Data(bytes).base64EncodedString().map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.filter { $0 != "=" }.map(
        String.init
    )
    .joined()
}

/// A token for HS256.
func signed(_ claims: String, header: String = #"{"alg":"HS256"}"#, _ secret: [UInt8] = secret) -> String {
    let text = encoded(Array(header.utf8)) + "." + encoded(Array(claims.utf8))
    let code = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: secret))
    return text + "." + encoded(Array(code))
}

@Suite struct SignedTokenTests {
    private func read(_ text: String, _ key: TokenKey? = nil) -> Result<SignedToken, SignedTokenError> {
        Result { () throws(SignedTokenError) in
            try SignedToken(text, key: key ?? TokenKey(secret: secret), at: now)
        }
    }

    private func error(_ text: String, _ key: TokenKey? = nil) -> SignedTokenError? {
        if case .failure(let error) = read(text, key) { error } else { nil }
    }

    @Test func theClaimsOfAValidTokenAreRead() throws {
        let token = try read(
            signed(
                #"{"iss":"x","sub":"user-7","exp":1767225660.5,"nbf":1767225600,"iat":1,"name":"Ada \u00e9","rooms":["lobby","a"],"aud":["b","chatrelay"]}"#,
                header: #"{"typ":"JWT","alg":"HS256","kid":"1"}"#)
        ).get()
        #expect(token.subject == "user-7" && token.name == "Ada é" && token.rooms == ["lobby", "a"])
        #expect(token.expires == 1_767_225_720_500)
        let least = try read(signed(#"{"sub":"u","exp":1e300}"#)).get()
        #expect(least.name == nil && least.rooms == nil && least.expires == 10_000_000_000_060_000)
        #expect(try read(signed(#"{"sub":"u","exp":1767225601,"rooms":[],"aud":"chatrelay"}"#)).get().rooms == [])
    }

    @Test(
        arguments: [
            (#"{"sub":"u"}"#, .claim("exp")), (#"{"sub":"u","exp":"1767229200"}"#, .claim("exp")),
            (#"{"sub":"u","exp":null}"#, .claim("exp")), (#"{"sub":"u","exp":-1}"#, .claim("exp")),
            (#"{"sub":"u","exp":1,"exp":1767229200}"#, .repeated),
            (#"{"sub":"u","exp":1767229200,"\u0065xp":1}"#, .repeated),
            (#"{"exp":1767229200}"#, .claim("sub")), (#"{"sub":"","exp":1767229200}"#, .claim("sub")),
            (#"{"sub":7,"exp":1767229200}"#, .claim("sub")),
            (#"{"sub":"\#(String(repeating: "x", count: 256))","exp":1767229200}"#, .claim("sub")),
            (#"{"sub":"u","exp":1767229200,"name":7}"#, .claim("name")),
            (#"{"sub":"u","exp":1767229200,"rooms":"lobby"}"#, .claim("rooms")),
            (#"{"sub":"u","exp":1767229200,"rooms":["lobby",7]}"#, .claim("rooms")),
            (#"{"sub":"u","exp":1767229200,"nbf":"now"}"#, .claim("nbf")),
            (#"{"sub":"u","exp":1767229200,"aud":"others"}"#, .claim("aud")),
            (#"{"sub":"u","exp":1767229200,"aud":[]}"#, .claim("aud")),
            // 60 seconds, and not one more.
            (#"{"sub":"u","exp":1767225540}"#, .expired), (#"{"sub":"u","exp":1767225541}"#, nil),
            (#"{"sub":"u","exp":1767229200,"nbf":1767225661}"#, .early),
            (#"{"sub":"u","exp":1767229200,"nbf":1767225660}"#, nil),
            ("[]", .malformed), ("", .malformed), (#"{"sub":"u","exp":1767229200} x"#, .malformed),
            (#"{"sub":"\ud800","exp":1767229200}"#, .malformed),
            (#"{"sub":"u","exp":1767229200,"x":[[[[[[[[1]]]]]]]]}"#, .malformed),
        ] as [(String, SignedTokenError?)])
    func claimsAreChecked(_ claims: String, _ expected: SignedTokenError?) {
        #expect(error(signed(claims)) == expected)
    }

    @Test(
        arguments: [
            (#"{"alg":"none"}"#, .wrongAlgorithm("HS256")), (#"{}"#, .wrongAlgorithm("HS256")),
            (#"{"alg":"hs256"}"#, .wrongAlgorithm("HS256")), (#"{"alg":"HS512"}"#, .wrongAlgorithm("HS256")),
            (#"{"alg":["HS256"]}"#, .wrongAlgorithm("HS256")), (#"{"alg":"none","alg":"HS256"}"#, .repeated),
            (#"{"alg":"HS256","crit":["exp"]}"#, .header("crit")), (#"{"alg":"HS256","typ":"at+jwt"}"#, .header("typ")),
        ] as [(String, SignedTokenError)])
    func theHeaderIsChecked(_ header: String, _ expected: SignedTokenError) {
        #expect(error(signed(#"{"sub":"u","exp":1767229200}"#, header: header)) == expected)
    }

    @Test func theFormIsStrict() throws {
        let good = signed(#"{"sub":"u","exp":1767229200}"#)
        #expect(error(good) == nil)
        let parts = good.split(separator: ".").map(String.init)
        for bad in [
            "", ".", "..", "...", parts[0], "\(parts[0]).\(parts[1])", good + ".", good + ".x", "." + good, good + "=",
            " " + good,
            good + "\n", parts.joined(separator: ".\n"), parts[0] + "==." + parts[1] + "." + parts[2],
            // Five bits of the last character encode nothing in 32 bytes.
            String(good.dropLast()) + (good.hasSuffix("A") ? "B" : "A"), "a.b.c", "\u{e9}.\u{e9}.\u{e9}",
        ] { #expect([.malformed, .wrongSignature].contains(error(bad)), "\(bad)") }
        #expect(error("\(parts[0]).\(parts[1]).") == .wrongSignature)
        #expect(error("\(parts[0]).\(parts[1]).\(parts[2].prefix(40))") == .wrongSignature)
        #expect(error(signed(#"{"sub":"u","exp":1767229200}"#, Array("another secret".utf8))) == .wrongSignature)
        // Nothing of a token counts before its signature.
        #expect(error(signed(#"{"sub":"u","exp":1}"#, Array("another secret".utf8))) == .wrongSignature)
        let name = String(repeating: "x", count: 3_000)
        #expect(error(signed(#"{"sub":"u","exp":1767229200,"name":"\#(name)"}"#)) == .tooLong)
    }

    /// RFC 7515, appendix A.1. Its claims have no `sub`: that is the refusal after the signature was found good.
    @Test func theRFCsExampleOfHS256Holds() throws {
        let key = try #require(
            base64URL("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow".utf8))
        let text =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        #expect(error(text, TokenKey(secret: key)) == .claim("sub"))
        #expect(error(text, TokenKey(secret: key.reversed())) == .wrongSignature)
    }

    /// RFC 7515, appendix A.3.
    @Test func theRFCsExampleOfES256Holds() throws {
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        let point = try [4] + #require(base64URL(x.utf8)) + #require(base64URL(y.utf8))
        let key = try TokenKey(Array(P256.Signing.PublicKey(x963Representation: point).pemRepresentation.utf8))
        let text =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        #expect(error(text, key) == .claim("sub"))
        #expect(error(String(text.dropLast(5)) + "7NU1Q", key) == .wrongSignature)
    }

    /// RFC 8037, appendix A.4. What it signs is no JSON: that is the refusal after the signature was found good.
    @Test func theRFCsExampleOfEd25519Holds() throws {
        let key = try TokenKey(Array(ed25519.utf8))
        let text =
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        #expect(error(text, key) == .malformed)
        #expect(error(String(text.dropLast(3)) + "KAw", key) == .wrongSignature)
        #expect(error(String(text.dropLast(2)), key) == .wrongSignature)
    }

    /// RFC 8725 §2.1: a public key is no secret, so whoever signs with its bytes must not be believed.
    @Test func aTokenCannotChooseItsAlgorithm() throws {
        let key = try TokenKey(Array(ed25519.utf8))
        let claims = #"{"sub":"u","exp":1767229200}"#
        #expect(error(signed(claims, Array(ed25519.utf8)), key) == .wrongAlgorithm("EdDSA"))
        #expect(
            error(signed(claims, header: #"{"alg":"EdDSA"}"#, Array(ed25519.utf8)), key) == .wrongSignature)
    }
}

/// The public key of RFC 8037, appendix A.2.
let ed25519 = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    -----END PUBLIC KEY-----

    """
