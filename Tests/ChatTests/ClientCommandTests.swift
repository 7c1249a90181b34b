import FoundationEssentials
import Primitives
import Testing

@testable import Chat

@Suite struct ClientCommandTests {
    @Test func parsesEachCommand() throws {
        let lobby = try #require(RoomName("lobby"))
        let id = try #require(MessageID("a-1"))
        let thumb = try #require(Emoji("👍"))
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
            (
                #"{"type":"private","id":"a-1","to":" Ada ","text":"x"}"#,
                .private(id: id, to: .name(ada), text: "x", re: nil)
            ),
            (#"{"type":"history","room":"lobby"}"#, .history(.room(lobby), Page(limit: 50))),
            (
                #"{"type":"history","with":"Ada","before":9,"limit":100}"#,
                .history(.with(.name(ada)), Page(before: 9, limit: 100))
            ),
            (#"{"type":"history","limit":1}"#, .history(.all, Page(limit: 1))),
            (#"{"type":"search","text":"a b"}"#, .search("a b", .all, Page(limit: 50))),
            (#"{"type":"search","text":"你好","room":"lobby"}"#, .search("你好", .room(lobby), Page(limit: 50))),
            (#"{"type":"rename","name":"Ada"}"#, .rename(ada)),
            (
                #"{"type":"message","id":"a-1","room":"lobby","text":" hi "}"#,
                .message(id: id, room: lobby, text: " hi ", re: nil)
            ),
            (
                #"{"type":"message","id":"a-1","room":"lobby","text":"x","re":7}"#,
                .message(id: id, room: lobby, text: "x", re: 7)
            ),
            // The id of a user counts more than a name.
            (
                #"{"type":"private","id":"a-1","user":5,"to":"Ada","text":"x","re":7}"#,
                .private(id: id, to: .id(UserID(5)), text: "x", re: 7)
            ),
            (#"{"type":"history","user":5}"#, .history(.with(.id(UserID(5))), Page(limit: 50))),
            (#"{"type":"edit","id":"a-1","message":7,"text":"x"}"#, .edit(id: id, message: 7, text: "x")),
            (#"{"type":"delete","id":"a-1","message":7}"#, .delete(id: id, message: 7)),
            (#"{"type":"react","id":"a-1","message":7,"emoji":"👍"}"#, .react(id: id, message: 7, thumb, on: true)),
            (
                #"{"type":"react","id":"a-1","message":7,"emoji":"👍","on":false}"#,
                .react(id: id, message: 7, thumb, on: false)
            ),
            // Only the fields of the command are read.
            (#"{"type":"leave","room":"lobby","text":7}"#, .leave(lobby)),
            (#"{"type":"join","room":"lobby"}"#, .join(lobby, create: false)),
            (#"{"type":"join","room":"lobby","create":true,"text":"x"}"#, .join(lobby, create: true)),
            (#"{"type":"leave","room":"lobby"}"#, .leave(lobby)), (#"{"type":"rooms"}"#, .rooms),
            (#"{"type":"who","room":"lobby"}"#, .who(.room(lobby))),
            (#"{"type":"who","user":7}"#, .who(.with(.id(UserID(7))))),
            (#"{"type":"presence","away":true}"#, .presence(away: true, status: nil)),
            (#"{"type":"presence","status":" Tea "}"#, .presence(away: nil, status: "Tea")),
            (#"{"type":"typing","room":"lobby"}"#, .typing(lobby)),
            (
                #"{"type":"signal","room":"lobby","data":[ 1 ]}"#,
                .signal(lobby, JSONText(checked: Array("[1]".utf8)), about: .room(lobby))
            ),
        ]
        for (json, command) in expected {
            #expect(try parse(json) == command)
        }
    }

    @Test(
        arguments: [
            (#"{"type":"message"}"#, "missing-field", nil, nil), (#"{"type":"message","id":""}"#, "bad-id", "", nil),
            (#"{"type":"message","id":"a b","room":"lobby","text":"x"}"#, "bad-id", "a b", nil),
            (#"{"type":"message","id":"a"}"#, "missing-field", "a", nil),
            (#"{"type":"message","id":"a","room":"Lobby"}"#, "bad-room", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby"}"#, "missing-field", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":""}"#, "empty-text", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":" \n\u3000"}"#, "empty-text", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":"\u2800 \u3164"}"#, "empty-text", "a", nil),
            (#"{"type":"private","id":"a","to":"Bob","text":"\u00ad\u200b"}"#, "empty-text", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":"12345678901"}"#, "text-too-long", "a", nil),
            (#"{"type":"message","id":"a","room":"lobby","text":"éééééé"}"#, "text-too-long", "a", nil),
            (#"{"type":"rename"}"#, "missing-field", nil, nil),
            (#"{"type":"rename","name":" "}"#, "bad-name", nil, nil),
            (#"{"type":"rename","name":"a\u0000"}"#, "bad-name", nil, nil),
            (#"{"type":"hello","name":"\#(String(repeating: "x", count: 10_000))"}"#, "bad-name", nil, nil),
            (
                #"{"type":"hello","rooms":["\#((1...17).map(String.init).joined(separator: #"",""#))"]}"#,
                "too-many-rooms", nil, nil
            ),
            (#"{"type":"join"}"#, "missing-field", nil, nil), (#"{"type":"join","room":""}"#, "bad-room", nil, ""),
            (#"{"type":"leave"}"#, "missing-field", nil, nil), (#"{"type":"who"}"#, "missing-field", nil, nil),
            (#"{"type":"typing","room":"-"}"#, "bad-room", nil, "-"),
            (#"{"type":"private","id":"a","text":"x"}"#, "missing-field", "a", nil),
            (#"{"type":"private","id":"a","to":"","text":"x"}"#, "bad-name", "a", nil),
            (#"{"type":"private","id":"a","to":"Bob","text":" "}"#, "empty-text", "a", nil),
            (#"{"type":"history","room":"lobby","limit":0}"#, "bad-limit", nil, "lobby"),
            (#"{"type":"history","room":"lobby","limit":101}"#, "bad-limit", nil, "lobby"),
            (#"{"type":"history","room":"/"}"#, "bad-room", nil, "/"),
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
                if let id { .message(id: id) } else if let room { .room(named: room) } else { refusal.context.unnamed }
            return refusal.code.rawValue == code && refusal.context == subject && refusal.message.utf8.count < 100
        }
    }

    /// The others are joined, and a name does not matter where there is a token.
    @Test func aHelloIsNotRefusedForOneBadRoom() throws {
        let long = String(repeating: "x", count: 300)
        let json = #"{"type":"hello","name":"\u2800","token":"t","rooms":["lobby","not a room!","\#(long)"]}"#
        guard case .hello(let hello) = try parse(json) else {
            Issue.record()
            return
        }
        #expect(hello.rooms?.map(\.text) == ["lobby"] && hello.name == nil && hello.nameRefusal?.code == .badName)
        #expect(hello.roomRefusals.map(\.context) == [.invalid(.room, "not a room!"), .nothing])
    }

    private func parse(_ json: String) throws(Refusal) -> ClientCommand {
        try ClientCommand(Request(Array(json.utf8), with: JSONDecoder()), textBytes: 10)
    }
}

extension Refusal.Context {
    /// What a refusal has that names no message and no room.
    fileprivate var unnamed: Self {
        if case .invalid(.with, _) = self { self } else { .nothing }
    }
}
