// Texts as the search index takes them, and what a person looks for as FTS5's expression. https://sqlite.org/fts5.html
//
// The index knows words as what stands between spaces. Chinese, Japanese, Thai and some more scripts put none between
// words, so there each character becomes a word, and what is looked for a phrase of them. Korean does put spaces, but its
// words carry endings: taken the same way, 학교 is found in 학교에서.

enum SearchText {
    /// The text with spaces between the characters of such scripts. Part of the ledger's format: see Format.
    static func segmented(_ text: String) -> String {
        // UTF-8 of all before Thai begins lower.
        guard text.utf8.contains(where: { $0 >= 0xE0 }) else { return text }
        var segmented = ""
        segmented.reserveCapacity(2 * text.utf8.count)
        var wasSpaceless = false
        for scalar in text.unicodeScalars {
            let isSpaceless = isSpaceless(scalar)
            // A mark belongs to the letter before it.
            if isSpaceless != wasSpaceless || isSpaceless && !isMark(scalar) { segmented.unicodeScalars.append(" ") }
            segmented.unicodeScalars.append(scalar)
            wasSpaceless = isSpaceless
        }
        return segmented
    }

    /// An expression that all words must match, the last one also as the beginning of a word; nothing where there is no
    /// letter or digit. It holds letters, digits and marks in quotes and nothing else that a person sent: it has no syntax.
    static func expression(_ words: String) -> String? {
        let phrases = words.split(whereSeparator: \.isWhitespace).compactMap { word in
            let kept = word.unicodeScalars.map { isInWord($0) || isMark($0) ? $0 : " " }
            guard word.unicodeScalars.contains(where: isInWord) else { return nil as String? }
            var phrase = String.UnicodeScalarView()
            phrase.append(contentsOf: kept)
            return "\"\(segmented(String(phrase)))\""
        }
        return phrases.isEmpty ? nil : phrases.joined(separator: " ") + " *"
    }

    private static func isInWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// Whether it is of a script whose characters are taken one by one. https://www.unicode.org/Public/UNIDATA/Blocks.txt
    private static func isSpaceless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0EFF,  // Thai, Lao
            0x1000...0x109F, 0xA9E0...0xA9FF, 0xAA60...0xAA7F,  // Myanmar
            0x1780...0x17FF,  // Khmer
            0x2E80...0x2FDF, 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,  // Han
            0x20000...0x3FFFF,  // Han, too
            0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F,  // Hiragana, Katakana
            0xAC00...0xD7A3:  // Hangul
            true
        default: false
        }
    }
}
