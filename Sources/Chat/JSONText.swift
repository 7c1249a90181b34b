// A JSON value that the chat passes on to other clients without reading it. The decoder checks neither the strings nor the numbers
// that nobody asks it for, so they are checked here: what one client sends must not break another one's parser.

/// One valid RFC 8259 value without white space between its tokens.
struct JSONText: Equatable {
    let bytes: [UInt8]

    /// Takes the value of a member out of an object.
    /// - Parameters:
    ///   - text: valid UTF-8 of any size. The time is linear, and the depth of the recursion has a limit.
    /// - Returns: nil where the text is not one valid object, is nested too deeply, has half a surrogate pair or a number that no
    ///   Double can have; `.some(nil)` where the member is absent. Of several members with the name the last one counts.
    static func member(_ name: StaticString, of text: [UInt8]) -> JSONText?? {
        var compactor = Compactor(text: text[...], name: Array("\(name)".utf8))
        guard compactor.isObject() else { return nil }
        return .some(compactor.found.map { JSONText(bytes: Array(compactor.output[$0])) })
    }
}

/// Checks a text and copies it without its white space.
private struct Compactor {
    private var rest: ArraySlice<UInt8>
    private let name: [UInt8]
    private(set) var output: [UInt8] = []
    /// Where the value of the member is in `output`.
    private(set) var found: Range<Int>?

    init(text: ArraySlice<UInt8>, name: [UInt8]) {
        rest = text
        self.name = name
        output.reserveCapacity(text.count)
    }

    mutating func isObject() -> Bool {
        skipSpace()
        guard rest.first == UInt8(ascii: "{"), value(0) else { return false }
        skipSpace()
        return rest.isEmpty
    }

    /// - Parameter depth: the number of lists and objects around the value.
    private mutating func value(_ depth: Int) -> Bool {
        skipSpace()
        switch rest.first {
        case UInt8(ascii: "{"): return list("}", depth) { $0.member(depth + 1) }
        case UInt8(ascii: "["): return list("]", depth) { $0.value(depth + 1) }
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return take(word: "true")
        case UInt8(ascii: "f"): return take(word: "false")
        case UInt8(ascii: "n"): return take(word: "null")
        default: return number()
        }
    }

    private mutating func list(
        _ close: Unicode.Scalar, _ depth: Int, _ element: (inout Compactor) -> Bool
    ) -> Bool {
        // The object of the command is around the value.
        guard depth <= ChatLimits.signalDepth else { return false }
        copy(1)
        skipSpace()
        if take(close) { return true }
        repeat {
            guard element(&self) else { return false }
            skipSpace()
        } while take(",")
        return take(close)
    }

    private mutating func member(_ depth: Int) -> Bool {
        skipSpace()
        let start = output.count
        guard string() else { return false }
        let isWanted = depth == 1 && output[start...].dropFirst().dropLast() == name[...]
        skipSpace()
        guard take(":") else { return false }
        let valueStart = output.count
        guard value(depth) else { return false }
        if isWanted { found = valueStart..<output.count }
        return true
    }

    /// RFC 8259 §7.
    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "\""):
                copy(1)
                return true
            case ..<0x20: return false
            case UInt8(ascii: "\\"): guard escape() else { return false }
            default: copy(1)
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let unit = codeUnit() else {
            guard let escaped = rest.dropFirst().first, #""\/bfnrt"#.utf8.contains(escaped) else { return false }
            copy(2)
            return true
        }
        copy(6)
        guard 0xD800...0xDFFF ~= unit else { return true }
        guard unit < 0xDC00, let low = codeUnit(), 0xDC00...0xDFFF ~= low else { return false }
        copy(6)
        return true
    }

    /// The code unit of `\uXXXX` at the front.
    private func codeUnit() -> UInt16? {
        let text = rest.prefix(6)
        guard text.count == 6, text.starts(with: #"\u"#.utf8) else { return nil }
        let digits = text.dropFirst(2)
        // A sign is no digit.
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// RFC 8259 §6. A number without a Double would be infinite for one client and an error for another.
    private mutating func number() -> Bool {
        let start = output.count
        _ = take("-")
        let isZero = rest.first == UInt8(ascii: "0")
        let digits = copyDigits()
        guard digits > 0, !isZero || digits == 1 else { return false }
        if take(".") { guard copyDigits() > 0 else { return false } }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            guard copyDigits() > 0 else { return false }
        }
        return Double(String(decoding: output[start...], as: UTF8.self))?.isFinite ?? false
    }

    private mutating func copyDigits() -> Int {
        let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.count
        copy(digits)
        return digits
    }

    private mutating func skipSpace() {
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        copy(1)
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        copy(word.utf8.count)
        return true
    }

    private mutating func copy(_ count: Int) {
        output += rest.prefix(count)
        rest = rest.dropFirst(count)
    }
}
