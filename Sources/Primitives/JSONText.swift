// JSON values as checked texts: what the chat passes on to other clients without reading it, and the parts of signed tokens. JSONDecoder
// does not do: it leaves strings and numbers that are not read unchecked, and of several members with the same name it takes one.

/// One valid RFC 8259 value without white space between its tokens. No string has half a surrogate pair, and each number has a Double.
package struct JSONText: Equatable, Sendable {
    package let bytes: [UInt8]

    /// - Parameter bytes: a value that was checked.
    package init(checked bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameters:
    ///   - text: valid UTF-8 of any size. The time is linear.
    ///   - depth: how many lists and objects may be within each other.
    /// - Returns: the members of the object in their order; nil where the text is not one valid object, or is nested too deeply.
    package static func members(of text: [UInt8], depth: Int) -> [(name: String, value: JSONText)]? {
        var compactor = Compactor(text: text[...], depth: depth)
        guard compactor.takesAll(), compactor.output.first == UInt8(ascii: "{") else { return nil }
        return compactor.parts.compactMap { part in
            JSONText(checked: Array(compactor.output[part.name])).string.map {
                (name: $0, value: JSONText(checked: Array(compactor.output[part.value])))
            }
        }
    }

    /// The elements, where it is a list.
    package var elements: [JSONText]? {
        guard bytes.first == UInt8(ascii: "[") else { return nil }
        var compactor = Compactor(text: bytes[...], depth: .max)
        guard compactor.takesAll() else { return nil }
        return compactor.parts.map { JSONText(checked: Array(compactor.output[$0.value])) }
    }

    package var isNull: Bool { bytes.elementsEqual("null".utf8) }

    /// The value, where it is a number.
    package var number: Double? {
        guard let first = bytes.first, first == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= first
        else { return nil }
        return Double(String(decoding: bytes, as: UTF8.self))
    }

    /// The value, where it is a string.
    package var string: String? {
        guard bytes.first == UInt8(ascii: "\"") else { return nil }
        var rest = bytes.dropFirst().dropLast()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                text.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var units = [unit(rest.prefix(4))]
                rest = rest.dropFirst(4)
                if 0xD800...0xDBFF ~= units[0] {
                    units.append(unit(rest.dropFirst(2).prefix(4)))
                    rest = rest.dropFirst(6)
                }
                text += String(decoding: units, as: UTF16.self).utf8
            default: text.append(escaped)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The value of four hexadecimal digits.
private func unit(_ digits: ArraySlice<UInt8>) -> UInt16 {
    UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
}

/// Checks a text and copies it without its white space.
private struct Compactor {
    private var rest: ArraySlice<UInt8>
    private let depth: Int
    private(set) var output: [UInt8] = []
    /// Where the members or elements of the outermost value are in `output`. An element has no name.
    private(set) var parts: [(name: Range<Int>, value: Range<Int>)] = []

    init(text: ArraySlice<UInt8>, depth: Int) {
        rest = text
        self.depth = depth
        output.reserveCapacity(text.count)
    }

    /// Whether the text is one valid value.
    mutating func takesAll() -> Bool {
        guard value(0) else { return false }
        skipSpace()
        return rest.isEmpty
    }

    /// - Parameter depth: the number of lists and objects around the value.
    private mutating func value(_ depth: Int) -> Bool {
        skipSpace()
        switch rest.first {
        case UInt8(ascii: "{"): return list("}", depth) { $0.member(depth + 1) }
        case UInt8(ascii: "["): return list("]", depth) { $0.element(depth + 1) }
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
        guard depth < self.depth else { return false }
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
        let end = output.count
        skipSpace()
        return take(":") && element(depth, name: start..<end)
    }

    private mutating func element(_ depth: Int, name: Range<Int> = 0..<0) -> Bool {
        let start = output.count
        guard value(depth) else { return false }
        if depth == 1 { parts.append((name, start..<output.count)) }
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
