// UTF-8 as it streams in: wrong at the first byte that no valid text could have there. RFC 3629 §4, RFC 6455 §8.1.

struct UTF8Checker: Equatable, Sendable {
    /// How many continuation bytes are still to come, and what the next of them may be.
    private var missing: UInt8 = 0
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xbf

    /// Whether the text could end here.
    var isAtBoundary: Bool { missing == 0 }

    /// Takes what stands in `bytes` from `start` on.
    /// - Returns: whether it can still become a valid text.
    mutating func accept(_ bytes: [UInt8], from start: Int) -> Bool {
        var index = start
        while index < bytes.count {
            if missing == 0 {
                while index < bytes.count, bytes[index] < 0x80 { index += 1 }
                if index == bytes.count { return true }
            }
            guard accept(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard (lower...upper).contains(byte) else { return false }
            missing -= 1
            (lower, upper) = (0x80, 0xbf)
            return true
        }
        switch byte {
        case ..<0x80: break
        case 0xc2...0xdf: missing = 1
        // What would be overlong, a surrogate or above U+10FFFF shows in the second byte.
        case 0xe0: (missing, lower) = (2, 0xa0)
        case 0xed: (missing, upper) = (2, 0x9f)
        case 0xe1...0xef: missing = 2
        case 0xf0: (missing, lower) = (3, 0x90)
        case 0xf1...0xf3: missing = 3
        case 0xf4: (missing, upper) = (3, 0x8f)
        default: return false
        }
        return true
    }
}
