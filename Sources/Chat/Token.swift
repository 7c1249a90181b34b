// The secret that proves that a client is a user. Only its hash is kept.

internal import Crypto

/// A token as the client has it: 128 random bits, as 32 hexadecimal digits.
struct Token: Equatable {
    let text: String

    init(from random: inout any RandomNumberGenerator) {
        text = sixteenDigits(random.next()) + sixteenDigits(random.next())
    }

    /// What a client sent. A text of another shape is no user's token.
    init(_ text: String) { self.text = text }

    /// A random secret of 128 bits needs no slow hash, because it can't be guessed.
    var hash: TokenHash {
        let digest = Array(SHA256.hash(data: Array(text.utf8)))
        return TokenHash(high: number(digest[0..<8]), low: number(digest[8..<16]))
    }
}

/// The first half of a token's SHA-256.
package struct TokenHash: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil for a text that is not 32 hexadecimal digits, as `hexadecimal` writes them.
    package init?(hexadecimal text: String) {
        guard text.utf8.count == 32 else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        // Digit by digit: a start reads the hashes of all users, and UInt64(_:radix:) of parts of a text takes longer.
        for digit in text.utf8 {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(value)
        }
        self.init(high: high, low: low)
    }

    /// 32 hexadecimal digits.
    package var hexadecimal: String { sixteenDigits(high) + sixteenDigits(low) }
}

private func sixteenDigits(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
