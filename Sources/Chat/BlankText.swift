// Which characters show nothing, for names and texts that consist of them. Controls (U+0000 to U+001F, U+007F to U+009F), and
// characters without a glyph in any font, do not count: browsers show a box for each (CSS Text Module Level 3, section 5).

extension Unicode.Scalar {
    /// Whether the character shows nothing by itself: white space, Default_Ignorable_Code_Point, a format character, or a blank.
    var isBlank: Bool {
        if isASCII || properties.isWhitespace { return properties.isWhitespace }
        // Prepended_Concatenation_Mark (the Arabic number sign, for example) is visible in spite of its category.
        return properties.isDefaultIgnorableCodePoint || isBlankSymbol
            || properties.generalCategory == .format && !isPrependedConcatenationMark
    }

    /// Characters of visible categories whose glyphs are blank by definition. Of the Unicode Character Database, names with BLANK,
    /// NULL, FILLER or JOINER that have none of the properties above, and what their charts show as empty.
    var isBlankSymbol: Bool {
        switch value {
        case 0x2800,  // BRAILLE PATTERN BLANK
            0xFFFC,  // OBJECT REPLACEMENT CHARACTER
            0x1107F,  // BRAHMI NUMBER JOINER
            0x13441, 0x13442,  // EGYPTIAN HIEROGLYPH FULL BLANK, HALF BLANK
            0x16FE4,  // KHITAN SMALL SCRIPT FILLER
            0x1D159:  // MUSICAL SYMBOL NULL NOTEHEAD
            true
        default: false
        }
    }

    /// PropList.txt of the Unicode Character Database.
    private var isPrependedConcatenationMark: Bool {
        switch value {
        case 0x0600...0x0605, 0x06DD, 0x070F, 0x0890...0x0891, 0x08E2, 0x110BD, 0x110CD: true
        default: false
        }
    }
}

extension String {
    /// Whether a reader sees nothing of the text.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.isBlank) }
}
