// A client's text as the JSON library reads it: the right JSON types, but not yet valid values.

import FoundationEssentials

/// One JSON object of a known `type`. Its fields have the right JSON type, or are nil.
struct Request {
    enum CommandType: String {
        case hello, message, `private`, join, leave, rooms, who, typing, rename, history, search
    }

    let type: CommandType
    let fields: Fields

    /// All fields of all commands: one flat pass costs less than looking at the type first (2.5 µs for a message).
    struct Fields: Decodable {
        var type: String?
        var id: String?
        var name: String?
        var room: String?
        var rooms: RoomNameList?
        var text: String?
        var create: Bool?
        var token: String?
        var since: UInt64?
        var ledger: String?
        var again: UInt32?
        var to: String?
        var with: String?
        var before: UInt64?
        var limit: Int?
    }

    /// The beginning of a list of room names, enough to see that it is too long: to read a list of 64 KiB takes milliseconds.
    struct RoomNameList: Decodable {
        private(set) var names: [String] = []

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            while !list.isAtEnd, names.count <= ChatLimits.roomsOfSession { names.append(try list.decode(String.self)) }
        }
    }

    /// - Parameter text: valid UTF-8, of any size. The decoder's time is linear, and the decoder limits the depth.
    init(_ text: [UInt8], with decoder: JSONDecoder) throws(Refusal) {
        fields = try Request.decode(text, with: decoder)
        guard let type = fields.type else { throw Refusal(.unknownType, "The message has no type.") }
        guard let known = CommandType(rawValue: type) else {
            throw Refusal(
                .unknownType, isRepeatable(type) ? "There is no command \(type)." : "There is no such command.")
        }
        self.type = known
    }

    /// What a refusal of the command refers to.
    var context: Refusal.Context {
        switch type {
        case .message, .private: fields.id.flatMap(MessageID.init).map { .message($0) } ?? .nothing
        case .hello, .rename, .rooms: .nothing
        case .join, .leave, .who, .typing: fields.room.flatMap(RoomName.init).map { .room($0) } ?? .nothing
        case .history, .search:
            fields.room.flatMap(RoomName.init).map { .room($0) }
                ?? fields.with.flatMap { try? UserName($0) }.map { .user($0) } ?? .nothing
        }
    }

    private static func decode(_ text: [UInt8], with decoder: JSONDecoder) throws(Refusal) -> Fields {
        // RFC 8259 §8.1: JSON between systems is UTF-8. The decoder accepts UTF-16 and UTF-32, too; those have a NUL here.
        guard !text.prefix(4).contains(0) else { throw Refusal(.badJSON, "This is not valid JSON.") }
        do {
            return try decoder.decode(Fields.self, from: Data(text))
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context) {
            throw Refusal(.badJSON, complaint(about: context.codingPath))
        } catch {
            throw Refusal(.badJSON, "This is not valid JSON.")
        }
    }

    /// The path has only known field names and indices, nothing else that the client sent.
    private static func complaint(about path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "The message is not a JSON object." }
        let field = path.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined()
        return "The field \(field) has the wrong type."
    }
}

private func isRepeatable(_ type: String) -> Bool {
    (1...ChatLimits.echoCharacters).contains(type.utf8.count)
        && type.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || $0 == "-" || $0 == "_") }
}
