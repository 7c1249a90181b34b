// Base64 as RFC 7515 and PEM have it, read strictly: one text has one reading.

/// - Parameter text: base64url without padding. RFC 7515 §2.
/// - Returns: nil for other characters, an impossible length, and bits that encode nothing.
func base64URL(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var (bits, count): (UInt32, Int) = (0, 0)
    for character in text {
        guard let value = sextet(character) else { return nil }
        bits = bits << 6 | value
        count += 6
        if count >= 8 {
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
    return bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
}

/// - Parameter text: base64 with padding, without line breaks. RFC 4648 §4.
func base64(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0, !text.contains(where: { "-_".utf8.contains($0) }) else { return nil }
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    return base64URL(
        text.prefix(text.count - padding).map {
            $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0
        })
}

private func sextet(_ character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
}
