// RFC 8259, read by nothing else here: whether bytes are one JSON object, and UTF-8.

struct StrictJSON {
    private var rest: ArraySlice<UInt8>

    static func isObject(_ bytes: [UInt8]) -> Bool {
        guard bytes.first == UInt8(ascii: "{"), String(validating: bytes, as: UTF8.self) != nil else { return false }
        var json = StrictJSON(rest: bytes[...])
        return json.value() && json.rest.isEmpty
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        rest.removeFirst(word.utf8.count)
        return true
    }

    /// White space is never written.
    private mutating func value() -> Bool {
        switch rest.first {
        case UInt8(ascii: "{"): list("{", "}") { $0.string() && $0.take(":") && $0.value() }
        case UInt8(ascii: "["): list("[", "]") { $0.value() }
        case UInt8(ascii: "\""): string()
        case UInt8(ascii: "t"): take("true")
        case UInt8(ascii: "f"): take("false")
        case UInt8(ascii: "n"): take("null")
        default: number()
        }
    }

    private mutating func list(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ element: (inout StrictJSON) -> Bool
    ) -> Bool {
        guard take(open) else { return false }
        if take(close) { return true }
        repeat { guard element(&self) else { return false } } while take(",")
        return take(close)
    }

    /// Only the data of signals has fractions and exponents.
    private mutating func number() -> Bool {
        _ = take("-")
        let whole = digits()
        guard whole.count == 1 || whole.first.map({ $0 != UInt8(ascii: "0") }) ?? false else { return false }
        if take("."), digits().isEmpty { return false }
        guard take("e") || take("E") else { return true }
        _ = take("+") || take("-")
        return !digits().isEmpty
    }

    private mutating func digits() -> ArraySlice<UInt8> {
        let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case ..<0x20: return false
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return false }
                if escaped == UInt8(ascii: "u") {
                    guard rest.count >= 4, UInt16(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16) != nil
                    else { return false }
                    rest.removeFirst(4)
                } else if !#""\/bfnrt"#.utf8.contains(escaped) {
                    return false
                }
            default: break
            }
        }
        return false
    }
}
