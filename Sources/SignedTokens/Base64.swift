// Base64 as RFC 7515 and PEM have it, read strictly: one text has one reading.

internal import FoundationEssentials

/// - Parameter text: base64url without padding. RFC 7515 §2.
/// - Returns: nil for other characters, an impossible length, and bits that encode nothing.
func base64URL(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard !text.contains(where: { "+/=".utf8.contains($0) }) else { return nil }
    let padding = repeatElement(UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
    return base64(
        text.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }
            + padding)
}

/// - Parameter text: base64 with padding, without line breaks. RFC 4648 §4.
/// - Returns: nil for a text that is not the one that encodes its bytes.
func base64(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard let bytes = Data(base64Encoded: Data(text)), bytes.base64EncodedData().elementsEqual(text) else {
        return nil
    }
    return Array(bytes)
}
