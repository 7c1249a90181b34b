// An event of chatrelay.v1 as the bridge reads it: only its first level, and each value as its JSON text.

internal import FoundationEssentials
internal import SocketIO

struct ChatEvent {
    let json: [UInt8]
    private let members: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]

    /// - Parameter json: an event of the chat's own.
    init(_ json: [UInt8]) {
        self.json = json
        members = EventArguments.split(json).compactMap { member in
            // The names of our own events need no escapes.
            guard let end = member.dropFirst().firstIndex(of: UInt8(ascii: "\"")) else { return nil }
            return (member[1..<end], member[(end + 2)...])
        }
    }

    /// The JSON text of a field; nil where there is none.
    subscript(name: StaticString) -> [UInt8]? {
        let wanted = "\(name)".utf8
        return members.first { $0.name.elementsEqual(wanted) }.map { Array($0.value) }
    }

    var type: String { string("type") ?? "" }

    /// The value of a field that is a string.
    func string(_ name: StaticString) -> String? { self[name].flatMap(EventArguments.string) }

    /// The value of a field that is a number.
    func number(_ name: StaticString) -> UInt64? { self[name].flatMap { UInt64(String(decoding: $0, as: UTF8.self)) } }

    /// The elements of a field that is a list.
    func list(_ name: StaticString) -> [[UInt8]] { self[name].map(EventArguments.split) ?? [] }

    /// The type of an event that begins with it, as all of ours do, without looking at the rest.
    static func type(of json: [UInt8]) -> ArraySlice<UInt8> {
        let start = #"{"type":""#.utf8.count
        guard json.count > start else { return [] }
        return json[start...].prefix { $0 != UInt8(ascii: "\"") }
    }
}

/// A JSON string.
func quoted(_ text: String) -> [UInt8] { (try? JSONEncoder().encode(text)).map(Array.init) ?? Array("\"\"".utf8) }
