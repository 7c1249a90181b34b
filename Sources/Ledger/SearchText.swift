// Converts texts for the search index, and search words into FTS5's query syntax. https://sqlite.org/fts5.html
//
// The index splits texts at spaces. Chinese, Japanese, Thai and some other scripts put no spaces between words, so each
// character becomes a token, and a search word a phrase of tokens. Korean has spaces, but its words have endings: with the
// same treatment, 학교 is found in 학교에서.

enum SearchText {
    /// Inserts spaces between the characters of such scripts. Part of the ledger's format: see LedgerSchema.
    static func segmented(_ text: String) -> String {
        // The first byte of Thai in UTF-8; scripts with lower code points use spaces.
        guard text.utf8.contains(where: { $0 >= 0xE0 }) else { return text }
        var segmented = ""
        segmented.reserveCapacity(2 * text.utf8.count)
        var wasSpaceless = false
        for scalar in text.unicodeScalars {
            let isSpaceless = isSpaceless(scalar)
            // A combining mark stays with the letter before it.
            if isSpaceless != wasSpaceless || isSpaceless && !isMark(scalar) { segmented.unicodeScalars.append(" ") }
            segmented.unicodeScalars.append(scalar)
            wasSpaceless = isSpaceless
        }
        return segmented
    }

    /// - Returns: an expression that matches texts with all words, the last one also as a prefix; nil where no word has a
    ///   letter or digit. Of the words it has only letters, digits and marks in quotes, so that they can't be syntax.
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

    /// Whether each character of the scalar's script is a token. https://www.unicode.org/Public/UNIDATA/Blocks.txt
    private static func isSpaceless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0EFF,  // Thai, Lao
            0x1000...0x109F, 0xA9E0...0xA9FF, 0xAA60...0xAA7F,  // Myanmar
            0x1780...0x17FF,  // Khmer
            0x2E80...0x2FDF, 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,  // Han
            0x20000...0x3FFFF,  // Han
            0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F,  // Hiragana, Katakana
            0xAC00...0xD7A3:  // Hangul
            true
        default: false
        }
    }
}
