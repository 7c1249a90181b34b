// Room names: plain, lower-case and the same in every address bar.

/// 1 to 32 characters of `a-z 0-9 -`, beginning with a letter or digit.
package struct RoomName: Hashable, Sendable {
    package let text: String

    /// Nothing for what is not a room name.
    package init?(_ text: String) {
        guard (1...ChatLimits.roomNameBytes).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-") else {
            return nil
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): continue
            default: return nil
            }
        }
        self.text = text
    }
}
