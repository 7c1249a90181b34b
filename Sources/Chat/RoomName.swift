// Room names: lower-case ASCII, so that they need no escaping in a URL.

/// 1 to 32 characters of `a-z 0-9 -`, beginning with a letter or digit.
package struct RoomName: Hashable, Sendable {
    package let text: String

    /// Nil for a text that is not a valid room name.
    package init?(_ text: String) {
        guard (1...ChatLimits.roomNameBytes).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-") else {
            return nil
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                continue
            default: return nil
            }
        }
        self.text = text
    }
}
