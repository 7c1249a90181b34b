// The JSON of chatrelay.v1, as far as the client reads and writes it.

#if Client

internal import FoundationEssentials

struct Hello: Encodable {
    let type = "hello"
    let name, token: String?
    let rooms: [String]
    let create: Bool
    let since: UInt64?
    let ledger: String?
    let again: UInt64?
}

struct MessageCommand: Encodable {
    let type = "message"
    let id, room, text: String
}

/// The fields that tell events apart.
struct ServerText: Decodable {
    let type: String
    let event, id: String?
    let seq, again: UInt64?
}

struct History: Decodable {
    /// Nil for private messages.
    let room: String?
    let messages: [ChatMessage]
    let gap: Bool?

    private enum Key: String, CodingKey { case room, messages, gap }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        room = try fields.decodeIfPresent(String.self, forKey: .room)
        gap = try fields.decodeIfPresent(Bool.self, forKey: .gap)
        messages = room == nil ? [] : try fields.decode([ChatMessage].self, forKey: .messages)
    }
}

struct Failure: Decodable {
    let code, message: String
    let id, room: String?
    let retry: Int?
}

func encoded(_ command: some Encodable) -> String {
    // Strings and numbers can always be encoded.
    String(decoding: (try? JSONEncoder().encode(command)) ?? Data(), as: UTF8.self)
}

func decoded<Value: Decodable>(_ type: Value.Type, _ json: String) -> Value? {
    try? JSONDecoder().decode(type, from: Data(json.utf8))
}

#endif
