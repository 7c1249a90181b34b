// A client's text as the JSON library reads it: the right JSON types, but not yet valid values.

import FoundationEssentials
import Primitives

/// One JSON object of a known `type`. Its fields have the right JSON type, or are nil.
struct Request {
    enum CommandType: String {
        case hello, message, `private`, join, leave, rooms, who, typing, rename, history, search, edit, delete, react
        case read, topic, presence, signal
        case devices, link, recovery
        case signOut = "sign-out"
    }

    let type: CommandType
    let fields: Fields

    /// The fields of all commands. Only those of the command's type are read.
    struct Fields {
        var type: String?
        var id: String?
        var name: String?
        var room: String?
        var rooms: RoomNameList?
        var text: String?
        var create: Bool?
        var token: String?
        var jwt: String?
        var since: UInt64?
        var ledger: String?
        var again: UInt32?
        var to: String?
        var with: String?
        var user: UInt64?
        var before: UInt64?
        var limit: Int?
        var message: UInt64?
        var re: UInt64?
        var emoji: String?
        var on: Bool?
        var seq: UInt64?
        var title: String?
        var topic: String?
        var away: Bool?
        var status: String?
        var label: String?
        var link: String?
        var recovery: String?
        var device: UInt64?
        var all: Bool?
        /// As the client has sent it, without white space.
        var data: JSONText?
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
        var fields = try Request.decode(text, with: decoder)
        guard let type = fields.type.flatMap(CommandType.init) else { throw Request.unknownType(fields) }
        self.type = type
        if type == .signal {
            guard let members = JSONText.members(of: text, depth: 1 + ChatLimits.signalDepth) else {
                throw .badData(about: Request.context(of: type, id: fields.id, room: fields.room, with: nil))
            }
            fields.data = members.last { $0.name == "data" }?.value
        }
        self.fields = fields
    }

    private static func unknownType(_ fields: Fields) -> Refusal {
        let sentence =
            switch fields.type {
            case nil: "The message has no type."
            case let type? where isRepeatable(type): "There is no command \(type)."
            default: "There is no such command."
            }
        let context = context(of: nil, id: fields.id, room: fields.room, with: fields.with)
        return Refusal(.unknownType, sentence, about: context)
    }

    /// What a refusal of the command refers to.
    var context: Refusal.Context {
        Request.context(of: type, id: fields.id, room: fields.room, with: fields.with)
    }

    /// What a refusal of a text refers to, whether or not the text is a command.
    static func context(of text: [UInt8], with decoder: JSONDecoder) -> Refusal.Context {
        let fields = ReadableFields(text, with: decoder)
        let type = fields.type.flatMap(CommandType.init)
        return context(of: type, id: fields.id, room: fields.room, with: fields.with)
    }

    private static func context(of type: CommandType?, id: String?, room: String?, with: String?) -> Refusal.Context {
        switch type {
        case .message, .private, .edit, .delete, .react, .topic: .message(id: id)
        case .hello, .rename, .rooms, .devices, .signOut, .link, .recovery, .presence: .nothing
        case .join, .leave, .typing: .room(named: room)
        case .signal: id != nil ? .message(id: id) : .room(named: room)
        case .history, .search, .read, .who: room != nil ? .room(named: room) : .user(named: with)
        case nil: id != nil ? .message(id: id) : room != nil ? .room(named: room) : .user(named: with)
        }
    }

    private static func decode(_ text: [UInt8], with decoder: JSONDecoder) throws(Refusal) -> Fields {
        // RFC 8259 §8.1: JSON between systems is UTF-8. The decoder accepts UTF-16 and UTF-32, too; those have a NUL here.
        guard !text.prefix(4).contains(0) else { throw Refusal(.badJSON, "This is not valid JSON.") }
        do {
            return try decoder.decode(Fields.self, from: Data(text))
        } catch let DecodingError.typeMismatch(_, error), let DecodingError.valueNotFound(_, error) {
            throw Refusal(.badJSON, complaint(about: error.codingPath), about: context(of: text, with: decoder))
        } catch {
            throw Refusal(.badJSON, "This is not valid JSON.", about: context(of: text, with: decoder))
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

extension Request.Fields: Decodable {
    private enum CodingKeys: CodingKey {
        case type, id, name, room, rooms, text, create, token, jwt, since, ledger, again, to, with, user, before, limit,
            message, re
        case emoji, on, seq, title, topic, label, link, recovery, device, all, away, status
    }

    /// Each field costs time, also one that is absent: a message has few.
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        type = try fields.decodeIfPresent(String.self, forKey: .type)
        switch type.flatMap(Request.CommandType.init) {
        case .message:
            id = try fields.decodeIfPresent(String.self, forKey: .id)
            room = try fields.decodeIfPresent(String.self, forKey: .room)
            text = try fields.decodeIfPresent(String.self, forKey: .text)
            re = try fields.decodeIfPresent(UInt64.self, forKey: .re)
        case .private:
            id = try fields.decodeIfPresent(String.self, forKey: .id)
            to = try fields.decodeIfPresent(String.self, forKey: .to)
            user = try fields.decodeIfPresent(UInt64.self, forKey: .user)
            text = try fields.decodeIfPresent(String.self, forKey: .text)
            re = try fields.decodeIfPresent(UInt64.self, forKey: .re)
        case .hello:
            name = try fields.decodeIfPresent(String.self, forKey: .name)
            rooms = try fields.decodeIfPresent(Request.RoomNameList.self, forKey: .rooms)
            create = try fields.decodeIfPresent(Bool.self, forKey: .create)
            token = try fields.decodeIfPresent(String.self, forKey: .token)
            jwt = try fields.decodeIfPresent(String.self, forKey: .jwt)
            since = try fields.decodeIfPresent(UInt64.self, forKey: .since)
            ledger = try fields.decodeIfPresent(String.self, forKey: .ledger)
            again = try fields.decodeIfPresent(UInt32.self, forKey: .again)
            label = try fields.decodeIfPresent(String.self, forKey: .label)
            link = try fields.decodeIfPresent(String.self, forKey: .link)
            recovery = try fields.decodeIfPresent(String.self, forKey: .recovery)
            away = try fields.decodeIfPresent(Bool.self, forKey: .away)
        case .rename: name = try fields.decodeIfPresent(String.self, forKey: .name)
        case .join:
            room = try fields.decodeIfPresent(String.self, forKey: .room)
            create = try fields.decodeIfPresent(Bool.self, forKey: .create)
        case .leave, .typing: room = try fields.decodeIfPresent(String.self, forKey: .room)
        case .signal:
            id = try fields.decodeIfPresent(String.self, forKey: .id)
            room = try fields.decodeIfPresent(String.self, forKey: .room)
        case .rooms, .devices, .link, .recovery: break
        case .who:
            room = try fields.decodeIfPresent(String.self, forKey: .room)
            with = try fields.decodeIfPresent(String.self, forKey: .with)
            user = try fields.decodeIfPresent(UInt64.self, forKey: .user)
        case .presence:
            away = try fields.decodeIfPresent(Bool.self, forKey: .away)
            status = try fields.decodeIfPresent(String.self, forKey: .status)
        case .signOut:
            device = try fields.decodeIfPresent(UInt64.self, forKey: .device)
            all = try fields.decodeIfPresent(Bool.self, forKey: .all)
        case .history, .search:
            room = try fields.decodeIfPresent(String.self, forKey: .room)
            with = try fields.decodeIfPresent(String.self, forKey: .with)
            user = try fields.decodeIfPresent(UInt64.self, forKey: .user)
            text = try fields.decodeIfPresent(String.self, forKey: .text)
            before = try fields.decodeIfPresent(UInt64.self, forKey: .before)
            limit = try fields.decodeIfPresent(Int.self, forKey: .limit)
        case .topic:
            id = try fields.decodeIfPresent(String.self, forKey: .id)
            room = try fields.decodeIfPresent(String.self, forKey: .room)
            title = try fields.decodeIfPresent(String.self, forKey: .title)
            topic = try fields.decodeIfPresent(String.self, forKey: .topic)
        case .read:
            room = try fields.decodeIfPresent(String.self, forKey: .room)
            with = try fields.decodeIfPresent(String.self, forKey: .with)
            user = try fields.decodeIfPresent(UInt64.self, forKey: .user)
            seq = try fields.decodeIfPresent(UInt64.self, forKey: .seq)
        case .edit, .delete, .react:
            id = try fields.decodeIfPresent(String.self, forKey: .id)
            message = try fields.decodeIfPresent(UInt64.self, forKey: .message)
            text = try fields.decodeIfPresent(String.self, forKey: .text)
            emoji = try fields.decodeIfPresent(String.self, forKey: .emoji)
            on = try fields.decodeIfPresent(Bool.self, forKey: .on)
        case nil:
            id = try? fields.decodeIfPresent(String.self, forKey: .id)
            room = try? fields.decodeIfPresent(String.self, forKey: .room)
            with = try? fields.decodeIfPresent(String.self, forKey: .with)
        }
    }
}
