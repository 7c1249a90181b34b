// A secret that people can read and type: the code of a link for another device, and a recovery code. Only its hash is kept.

/// 100 random bits in Crockford's base 32, in groups: `7K3M-9QXT-0B2V-HJ4R-W8YD`. https://www.crockford.com/base32.html
struct OneTimeCode: Equatable {
    /// Without I, L, O and U.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let digits = 20
    private static let groupDigits = 4

    /// As it is shown.
    let text: String
    let hash: TokenHash

    init(from random: inout any RandomNumberGenerator) {
        let bits = (random.next() as UInt64, random.next() as UInt64)
        self.init(
            digits: (0..<OneTimeCode.digits).map { index in
                let bits = index < 10 ? bits.0 >> (index * 5) : bits.1 >> ((index - 10) * 5)
                return OneTimeCode.alphabet[Int(bits & 31)]
            })
    }

    /// What a person typed, in lower or upper case and with any hyphens and spaces. O is read as 0, I and L as 1.
    /// - Returns: nil for a text that is no code.
    init?(_ text: String) {
        guard text.utf8.count <= ChatLimits.echoBytes else { return nil }
        var digits: [UInt8] = []
        for byte in text.utf8 {
            let letter = byte & 0xDF
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: " "): continue
            case UInt8(ascii: "o"), UInt8(ascii: "O"): digits.append(UInt8(ascii: "0"))
            case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "l"), UInt8(ascii: "L"):
                digits.append(UInt8(ascii: "1"))
            case _ where OneTimeCode.alphabet.contains(byte): digits.append(byte)
            case _ where byte >= UInt8(ascii: "a") && OneTimeCode.alphabet.contains(letter): digits.append(letter)
            default: return nil
            }
        }
        guard digits.count == OneTimeCode.digits else { return nil }
        self.init(digits: digits)
    }

    private init(digits: [UInt8]) {
        let text = String(decoding: digits, as: UTF8.self)
        hash = Token(text).hash
        var groups = ""
        for (index, digit) in text.enumerated() {
            if index > 0, index % OneTimeCode.groupDigits == 0 { groups.append("-") }
            groups.append(digit)
        }
        self.text = groups
    }
}
