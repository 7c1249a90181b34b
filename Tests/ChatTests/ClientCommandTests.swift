import FoundationEssentials
import Testing

@testable import Chat

@Suite struct ClientCommandTests {
    @Test func parsesEachCommand() throws {
        let lobby = try #require(RoomName("lobby"))
        let id = try #require(MessageID("a-1"))
        let ada = try UserName("Ada")
        let expected: [(String, ClientCommand)] = [
            (#"{"type":"hello"}"#, .hello(HelloCommand(create: false))),
            (#"{"type":"hello","name":null,"rooms":null}"#, .hello(HelloCommand(create: false))),
            (
                #"{"type":"hello","name":" Ada ","rooms":["lobby"],"create":true}"#,
                .hello(HelloCommand(name: ada, rooms: [lobby], create: true))
            ),
            (
                #"{"type":"hello","rooms":[],"token":"t","since":5,"ledger":"l"}"#,
                .hello(HelloCommand(rooms: [], create: false, token: Token("t"), since: 5, ledger: "l"))
            ),
            (#"{"type":"private","id":"a-1","to":" Ada ","text":"x"}"#, .private(id: id, to: ada, text: "x")),
            (#"{"type":"history","room":"lobby"}"#, .history(.room(lobby), Page(limit: 50))),
            (
                #"{"type":"history","with":"Ada","before":9,"limit":100}"#,
                .history(.with(ada), Page(before: 9, limit: 100))
            ),
            (#"{"type":"history","limit":1}"#, .history(.all, Page(limit: 1))),
            (#"{"type":"search","text":"a b"}"#, .search("a b", .all, Page(limit: 50))),
            (#"{"type":"search","text":"你好","room":"lobby"}"#, .search("你好", .room(lobby), Page(limit: 50))),
            (#"{"type":"rename","name":"Ada"}"#, .rename(ada)),
            (
                #"{"type":"message","id":"a-1","room":"lobby","text":" hi "}"#,
                .message(id: id, room: lobby, text: " hi ")
            ),
            (#"{"type":"join","room":"lobby"}"#, .join(lobby, create: false)),
            (#"{"type":"join","room":"lobby","create":true,"text":"x"}"#, .join(lobby, create: true)),
            (#"{"type":"leave","room":"lobby"}"#, .leave(lobby)), (#"{"type":"rooms"}"#, .rooms),
            (#"{"type":"who","room":"lobby"}"#, .who(lobby)), (#"{"type":"typing","room":"lobby"}"#, .typing(lobby)),
        ]
        for (json, command) in expected {
            #expect(try parse(json) == command)
        }
    }

    @Test(
        arguments: [
            (#"{"type":"message"}"#, "missing-field", nil, nil), (#"{"type":"message","id":""}"#, "bad-id", nil, nil),
            (#"{"type":"message","id":"a b","room":"lobby","text":"x"}"#, "bad-id", nil, nil),
            (#"{"type":"message","id":"a"}"#, "missing-field", "a", nil),
            (#"{"type":"message","id":"a","room":"Lobby"}"#, "bad-room", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby"}"#, "missing-field", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":""}"#, "empty-text", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":" \n\u3000"}"#, "empty-text", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":"12345678901"}"#, "text-too-long", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":"éééééé"}"#, "text-too-long", "a", nil),
            (#"{"type":"rename"}"#, "missing-field", nil, nil),
            (#"{"type":"rename","name":" "}"#, "bad-name", nil, nil),
            (#"{"type":"rename","name":"a\u0000"}"#, "bad-name", nil, nil),
            (#"{"type":"hello","name":"\#(String(repeating: "x", count: 10_000))"}"#, "bad-name", nil, nil),
            (#"{"type":"hello","rooms":["lobby","/"]}"#, "bad-room", nil, nil),
            (
                #"{"type":"hello","rooms":["\#((1...17).map(String.init).joined(separator: #"",""#))"]}"#,
                "too-many-rooms", nil, nil
            ),
            (#"{"type":"join"}"#, "missing-field", nil, nil), (#"{"type":"join","room":""}"#, "bad-room", nil, nil),
            (#"{"type":"leave"}"#, "missing-field", nil, nil), (#"{"type":"who"}"#, "missing-field", nil, nil),
            (#"{"type":"typing","room":"-"}"#, "bad-room", nil, nil),
            (#"{"type":"private","id":"a","text":"x"}"#, "missing-field", "a", nil),
            (#"{"type":"private","id":"a","to":"","text":"x"}"#, "bad-name", "a", nil),
            (#"{"type":"private","id":"a","to":"Bob","text":" "}"#, "empty-text", "a", nil),
            (#"{"type":"history","room":"lobby","limit":0}"#, "bad-limit", nil, "lobby"),
            (#"{"type":"history","room":"lobby","limit":101}"#, "bad-limit", nil, "lobby"),
            (#"{"type":"history","room":"/"}"#, "bad-room", nil, nil),
            (#"{"type":"history","with":""}"#, "bad-name", nil, nil),
            (#"{"type":"history","before":-1}"#, "bad-json", nil, nil),
            (#"{"type":"search"}"#, "missing-field", nil, nil),
            (#"{"type":"search","text":"?!"}"#, "bad-search", nil, nil),
            (#"{"type":"search","text":"\#(String(repeating: "x", count: 257))"}"#, "bad-search", nil, nil),
        ] as [(String, String, String?, String?)])
    func refuses(_ json: String, _ code: String, _ id: String?, _ room: String?) {
        #expect {
            try parse(json)
        } throws: { error in
            guard let refusal = error as? Refusal else { return false }
            let subject: Refusal.Context =
                if let id = id.flatMap(MessageID.init) { .message(id) } else if let room = room.flatMap(RoomName.init) {
                    .room(room)
                } else { .nothing }
            return refusal.code.rawValue == code && refusal.context == subject && refusal.message.utf8.count < 100
        }
    }

    private func parse(_ json: String) throws(Refusal) -> ClientCommand {
        try ClientCommand(Request(Array(json.utf8), with: JSONDecoder()), textBytes: 10)
    }
}
