// User names: what may be one, and by what two of them are the same.

import UnicodeFolding

/// A name that can be shown, and compared.
struct UserName: Equatable {
    /// As its owner wrote it, without white space around it.
    let text: String
    /// Two names are the same when their keys are.
    let key: String

    /// Why a text is no name.
    enum Flaw: Error { case empty, tooLong, unshowable }

    init(_ wanted: String) throws(Flaw) {
        let text = trimmed(wanted)
        guard !text.isEmpty else { throw .empty }
        // Bytes first: counting characters of what may be 64 KiB is the dearer question.
        guard text.utf8.count <= ChatLimits.nameBytes, text.count <= ChatLimits.nameCharacters else { throw .tooLong }
        guard showsAsWritten(text.unicodeScalars) else { throw .unshowable }
        let key = nameKey(text)
        // All that shows has a key, as long as Swift's Unicode and libutf8proc's agree on what shows.
        guard !key.isEmpty else { throw .unshowable }
        self.text = text
        self.key = key
    }

    /// The name with something at its end, cut so that it is still a name. Nothing if it can't be one.
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

private func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
        let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
}

/// Whether each character shows, and as part of this name: nothing invisible that isn't part of an emoji or of a script
/// that needs it, nothing that turns or breaks the line, and no mark that would sit on what stands before the name.
private func showsAsWritten(_ scalars: String.UnicodeScalarView) -> Bool {
    var before: Unicode.Scalar?
    for (index, scalar) in zip(scalars.indices, scalars) {
        let fits =
            switch scalar {
            // Zero width joiner and non-joiner: between letters of such a script, or parts of an emoji.
            case "\u{200C}", "\u{200D}":
                before.map { !$0.isASCII } == true && scalars.index(after: index) < scalars.endIndex
            // A blank Braille pattern is a symbol by its category.
            case "\u{2800}": false
            case _ where scalar.properties.isVariationSelector: before != nil
            default: shows(scalar, atStart: before == nil)
            }
        guard fits else { return false }
        before = scalar
    }
    return true
}

private func shows(_ scalar: Unicode.Scalar, atStart: Bool) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator: false
    case .nonspacingMark, .spacingMark, .enclosingMark: !atStart && !scalar.properties.isDefaultIgnorableCodePoint
    default: !scalar.properties.isDefaultIgnorableCodePoint
    }
}
