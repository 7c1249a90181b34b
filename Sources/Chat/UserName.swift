// User names: which texts are valid, and which two names are the same.

import UnicodeFolding

/// Why a text is not a valid user name.
enum NameError: Error { case empty, tooLong, invisible }

/// A valid user name.
struct UserName: Equatable {
    /// As the user wrote it, without white space around it.
    let text: String
    /// Two names are the same when their keys are.
    let key: String

    /// A name that a user asks for.
    init(_ wanted: String) throws(NameError) {
        let name = try UserName(stored: wanted)
        guard !name.text.unicodeScalars.contains(where: \.isBlankSymbol) else { throw .invisible }
        self = name
    }

    /// A name that a user may have: earlier versions accepted blank symbols.
    init(stored wanted: String) throws(NameError) {
        let text = trimmed(wanted)
        guard !text.isEmpty else { throw .empty }
        // Bytes first: to count the characters takes longer.
        let bytes = text.utf8.count
        guard
            bytes <= ChatLimits.nameCharacters
                || bytes <= ChatLimits.nameBytes && text.count <= ChatLimits.nameCharacters
        else { throw .tooLong }
        guard isVisible(text.unicodeScalars) else { throw .invisible }
        let key = nameKey(text)
        // A visible text has a key, unless the Unicode versions of Swift and libutf8proc differ.
        guard !key.isEmpty else { throw .invisible }
        self.text = text
        self.key = key
    }

    /// - Returns: the name, cut where necessary, with the ending; nil where that is not a valid name.
    func appending(_ ending: String) -> UserName? {
        var start = Substring(text)
        while start.count + ending.count > ChatLimits.nameCharacters
            || start.utf8.count + ending.utf8.count > ChatLimits.nameBytes
        {
            start.removeLast()
        }
        guard !start.isEmpty else { return nil }
        return try? UserName(trimmed(String(start)) + ending)
    }
}

func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
        let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
}

/// Whether every character is visible. Invisible ones are allowed only inside an emoji or a script that needs them. Characters that
/// break the line or change its direction are not allowed, nor is a combining mark at the start, which would join the text before.
func isVisible(_ scalars: String.UnicodeScalarView) -> Bool {
    var before: Unicode.Scalar?
    for (index, scalar) in zip(scalars.indices, scalars) {
        let fits =
            switch scalar {
            // Zero width joiner and non-joiner: between letters of a script that needs them, or parts of an emoji.
            case "\u{200C}", "\u{200D}":
                before.map { !$0.isASCII } == true && scalars.index(after: index) < scalars.endIndex
            case _ where !scalar.isASCII && scalar.properties.isVariationSelector: before != nil
            default: isVisible(scalar, atStart: before == nil)
            }
        guard fits else { return false }
        before = scalar
    }
    return true
}

private func isVisible(_ scalar: Unicode.Scalar, atStart: Bool) -> Bool {
    // As the categories say below. To look them up takes longer.
    guard !scalar.isASCII else { return (" "..."~").contains(scalar) }
    return switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator: false
    case .nonspacingMark, .spacingMark, .enclosingMark: !atStart && !scalar.properties.isDefaultIgnorableCodePoint
    default: !scalar.properties.isDefaultIgnorableCodePoint
    }
}
