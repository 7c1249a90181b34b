// The sender's id for a message.

/// 1 to 64 characters of `A-Z a-z 0-9 - _ . :`.
struct MessageID: Equatable {
    let text: String

    /// Nil for a text that is not a valid id.
    init?(_ text: String) {
        guard (1...ChatLimits.messageIDBytes).contains(text.utf8.count) else { return nil }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                continue
            default: return nil
            }
        }
        self.text = text
    }
}
