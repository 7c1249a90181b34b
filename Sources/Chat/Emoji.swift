// What a user can react with.

/// One emoji of Unicode (UTS #51): one grapheme cluster of an emoji character, a keycap, a flag or a sequence.
struct Emoji: Equatable {
    let text: String

    /// Nil for a text that is not one emoji. A character that is shown as text by default gets U+FE0F, so that both spellings are one.
    init?(_ text: String) {
        guard text.utf8.count <= ChatLimits.emojiBytes, text.count == 1, let first = text.unicodeScalars.first,
            first.properties.isEmoji
        else { return nil }
        let rest = text.unicodeScalars.dropFirst()
        if first.isASCII {
            // Digits, # and * are emoji only as keycaps.
            guard rest.last == "\u{20E3}" else { return nil }
        }
        let isSequence = rest.allSatisfy { scalar in
            scalar.properties.isEmoji || scalar.properties.isEmojiModifier || scalar.properties.isVariationSelector
                || scalar == "\u{200D}" || scalar == "\u{20E3}" || ("\u{E0020}"..."\u{E007F}").contains(scalar)
        }
        guard isSequence, rest.first != "\u{FE0E}" else { return nil }
        self.text = rest.isEmpty && !first.properties.isEmojiPresentation ? text + "\u{FE0F}" : text
    }
}
