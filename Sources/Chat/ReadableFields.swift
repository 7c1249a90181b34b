// What a refusal has to name, out of a text that is not a valid command: an unpaired surrogate, a field of a wrong type, or broken
// JSON further on. A client that is not told which command was refused would send it again for ever.

import FoundationEssentials

/// The fields of the outermost object whose values are strings, as far as the text can be read.
struct ReadableFields {
    private(set) var type: String?
    private(set) var id: String?
    private(set) var room: String?
    private(set) var with: String?

    /// - Parameter text: any bytes. The time is linear.
    init(_ text: [UInt8], with decoder: JSONDecoder) {
        var scanner = Scanner(text: text)
        guard scanner.entersObject() else { return }
        while let (key, value) = scanner.nextMember() {
            guard value.count <= Scanner.valueBytes, let name = scanner.string(key, decoder) else { continue }
            switch name {
            case "type": type = scanner.string(value, decoder)
            case "id": id = scanner.string(value, decoder)
            case "room": room = scanner.string(value, decoder)
            case "with": with = scanner.string(value, decoder)
            default: break
            }
        }
    }
}

/// Finds the members of an object whose values are strings, by brackets and quotation marks alone.
private struct Scanner {
    /// Bytes of a value that is looked at: `ChatLimits.echoBytes` with each byte escaped, in quotation marks.
    static let valueBytes = 6 * ChatLimits.echoBytes + 2

    let text: [UInt8]
    private var index = 0

    init(text: [UInt8]) { self.text = text }

    mutating func entersObject() -> Bool {
        while index < text.count, text[index] <= UInt8(ascii: " ") { index += 1 }
        guard index < text.count, text[index] == UInt8(ascii: "{") else { return false }
        index += 1
        return true
    }

    /// - Returns: the ranges of the next key and of its value, a string, with their quotation marks; nil at the end of the object, or
    ///   where the text ends inside a string.
    mutating func nextMember() -> (key: Range<Int>, value: Range<Int>)? {
        var key: Range<Int>?
        var isValue = false
        var depth = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                guard let string = takeString() else { return nil }
                if depth == 0, isValue, let key { return (key, string) }
                if depth == 0, !isValue { key = string }
                continue
            case UInt8(ascii: ":") where depth == 0: isValue = true
            case UInt8(ascii: ",") where depth == 0: (key, isValue) = (nil, false)
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return nil }
            default: break
            }
            index += 1
        }
        return nil
    }

    private mutating func takeString() -> Range<Int>? {
        let start = index
        index += 1
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index += 1
                return start..<index
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return nil
    }

    /// - Returns: the string; nil where it is not valid JSON, or far too long.
    func string(_ range: Range<Int>, _ decoder: JSONDecoder) -> String? {
        let inner = text[range].dropFirst().dropLast()
        guard range.count <= Scanner.valueBytes else { return nil }
        guard inner.contains(UInt8(ascii: "\\")) else { return String(validating: inner, as: UTF8.self) }
        return try? decoder.decode(String.self, from: Data(text[range]))
    }
}
