// Unicode's NFKC_Casefold, by libutf8proc. The unsafe code of this library is confined to this file: it returns a String of its own.

import CUtf8proc

/// - Returns: the key by which names are compared: equal for names that differ only by case, width, compatibility forms, invisible
///   (default-ignorable) characters or the number of spaces. Not for display. Empty for a name without a visible character.
package func nameKey(_ name: String) -> String { printableKey(name) ?? foldedKey(name) }

/// The key of a name of printable ASCII characters; nil for other names. A start folds the names of all users.
private func printableKey(_ name: String) -> String? {
    let space = UInt8(ascii: " ")
    var key: [UInt8] = []
    key.reserveCapacity(name.utf8.count)
    for byte in name.utf8 {
        switch byte {
        case space: if key.last ?? space != space { key.append(byte) }
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): key.append(byte | 0x20)
        case 0x21...0x7E: key.append(byte)
        default: return nil
        }
    }
    if key.last == space { key.removeLast() }
    // The same text has the same storage.
    return key.elementsEqual(name.utf8) ? name : String(decoding: key, as: UTF8.self)
}

/// The key of any name.
package func foldedKey(_ name: String) -> String {
    let folded = foldNFKC(name)
    guard folded.unicodeScalars.contains(where: isSpace) else { return folded }
    var key = String.UnicodeScalarView()
    for word in folded.unicodeScalars.split(whereSeparator: isSpace) {
        if !key.isEmpty { key.append(" ") }
        key.append(contentsOf: word)
    }
    return String(key)
}

private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    // The properties of a character are looked up in tables, which takes longer.
    if scalar.isASCII { scalar == " " || ("\t"..."\r").contains(scalar) } else { scalar.properties.isWhitespace }
}

/// The Unicode Standard, section 3.13, definition R5: toNFKC_Casefold(X).
private func foldNFKC(_ text: String) -> String {
    // utf8proc_NFKC_Casefold() takes a C string, which ends at a NUL. These are its options, for a function that takes a length.
    let options = utf8proc_option_t(
        rawValue: UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue
            | UTF8PROC_CASEFOLD.rawValue | UTF8PROC_IGNORE.rawValue)
    var folded: UnsafeMutablePointer<UInt8>?
    let bytes = Array(text.utf8)
    let length = unsafe utf8proc_map(bytes, bytes.count, &folded, options)
    defer { unsafe free(folded) }
    // Invalid UTF-8 and invalid options are impossible here. What remains is a lack of memory, which is fatal.
    guard length >= 0, let start = unsafe folded else { preconditionFailure("utf8proc_map failed: \(length)") }
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
}
