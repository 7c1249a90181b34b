// The JSON array of an event or an acknowledgement.

internal import FoundationEssentials

/// The elements of a JSON array, each as its JSON text, so that they can be passed on without being decoded.
package struct EventArguments: Equatable, Sendable {
    package let elements: [[UInt8]]

    package init(_ elements: [[UInt8]]) { self.elements = elements }

    /// - Parameter json: valid UTF-8.
    /// - Returns: nil where it is not one JSON array.
    package init?(json: [UInt8]) {
        // The decoder also accepts UTF-16 and UTF-32; those have a NUL here. It checks the whole text and limits the depth.
        guard !json.prefix(4).contains(0), (try? JSONDecoder().decode([Anything].self, from: Data(json))) != nil else {
            return nil
        }
        elements = EventArguments.split(json)
    }

    /// The name of an event: its first element, where that is a string.
    package var name: String? { elements.first.flatMap(EventArguments.string) }

    /// The value of a JSON text that is a string, else nil.
    package static func string(_ json: [UInt8]) -> String? {
        try? JSONDecoder().decode(String.self, from: Data(json))
    }

    /// Whether a JSON text can be the name of an event: a string or a number.
    static func isName(_ json: [UInt8]) -> Bool {
        json.first == UInt8(ascii: "\"") || json.first.map { "-0123456789".utf8.contains($0) } ?? false
    }

    /// Whether a JSON text is an object.
    static func isObject(_ json: [UInt8]) -> Bool {
        json.first == UInt8(ascii: "{") && (try? JSONDecoder().decode(Anything.self, from: Data(json))) != nil
    }

    package var json: [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    /// Any JSON value, decoded so that its syntax is checked.
    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {
            if var list = try? decoder.unkeyedContainer() {
                while !list.isAtEnd { _ = try list.decode(Anything.self) }
            } else if let object = try? decoder.container(keyedBy: AnyCodingKey.self) {
                for key in object.allKeys { _ = try object.decode(Anything.self, forKey: key) }
            } else {
                let value = try decoder.singleValueContainer()
                if value.decodeNil() || (try? value.decode(Bool.self)) != nil { return }
                if (try? value.decode(Double.self)) != nil { return }
                _ = try value.decode(String.self)
            }
        }
    }

    private struct AnyCodingKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// The parts between the commas: elements of an array, or members of an object (“"name":value”).
    /// - Parameter json: a valid array or object.
    package static func split(_ json: [UInt8]) -> [[UInt8]] {
        var elements: [[UInt8]] = []
        var element: [UInt8] = []
        var (depth, isInString, isEscaped) = (0, false, false)
        for byte in json {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                element.append(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth == 1 { continue }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { continue }
            case UInt8(ascii: ",") where depth == 1:
                elements.append(element)
                element = []
                continue
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            default: break
            }
            element.append(byte)
        }
        if !element.isEmpty { elements.append(element) }
        return elements
    }
}
