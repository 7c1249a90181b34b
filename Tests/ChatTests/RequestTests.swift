import FoundationEssentials
import Model
import Testing

@testable import Chat

@Suite struct RequestTests {
    private let decoder = JSONDecoder()

    @Test func readsTheFieldsOfTheCommand() throws {
        let json = #" {"text":"t","type":"message","id":"i","name":7,"room":"r","re":9,"other":{"x":[1]}} "#
        let request = try Request(Array(json.utf8), with: decoder)
        #expect(request.type == .message && request.fields.id == "i" && request.fields.room == "r")
        #expect(request.fields.text == "t" && request.fields.re == 9 && request.fields.name == nil)
        let hello = #"{"name":"n","rooms":["a","b"],"create":true,"type":"hello"}"#
        let fields = try Request(Array(hello.utf8), with: decoder).fields
        #expect(fields.name == "n" && fields.rooms?.names == ["a", "b"] && fields.create == true)
    }

    @Test(
        arguments: [
            ("", "This is not valid JSON."), ("{", "This is not valid JSON."), ("{]", "This is not valid JSON."),
            ("{\"type\":\"rooms\"} x", "This is not valid JSON."), ("{'type':'rooms'}", "This is not valid JSON."),
            ("{\"type\":\"\\ud800\"}", "This is not valid JSON."), ("{\"type\":\"a\u{1}\"}", "This is not valid JSON."),
            ("{\0\"\0", "This is not valid JSON."),
            ("[]", "The message is not a JSON object."), ("\"rooms\"", "The message is not a JSON object."),
            ("null", "The message is not a JSON object."), ("7", "The message is not a JSON object."),
            ("{\"type\":7}", "The field type has the wrong type."),
            ("{\"type\":\"message\",\"id\":7}", "The field id has the wrong type."),
            ("{\"type\":\"hello\",\"rooms\":\"lobby\"}", "The field rooms has the wrong type."),
            ("{\"type\":\"hello\",\"rooms\":[\"a\",{}]}", "The field rooms[1] has the wrong type."),
            ("{\"type\":\"hello\",\"rooms\":[null]}", "The field rooms[0] has the wrong type."),
            ("{\"type\":\"join\",\"create\":\"yes\"}", "The field create has the wrong type."),
            ("{\"type\":\"join\",\"create\":1}", "The field create has the wrong type."),
        ])
    func badJSON(_ json: String, _ sentence: String) {
        #expect(throws: Refusal(.badJSON, sentence)) { try Request(Array(json.utf8), with: decoder) }
    }

    /// A client that is not told which command was refused would send it again for ever.
    @Test(
        arguments: [
            #"{"type":"message","id":"a-1","room":"lobby","text":"half \ud83d end"}"#,
            #"{"text":"half \ud83d end","room":"lobby","id":"a-1","type":"message"}"#,
            #" { "type" : "message" , "id" : "a\u002d1" , "room" : 7 } "#,
            #"{"type":"private","x":{"id":"b","y":["id"]},"id":"a-1","to":"Bob","text":{}}"#,
            #"{"type":"message","id":"a-1","re":-1}"#, #"{"id":"a-1"}"#, #"{"type":7,"id":"a-1"}"#,
            #"{"type":"dance","room":"lobby","id":"a-1"}"#, #"{"type":"message","id":"a-1","text":"cut off"#,
            #"{"type":"message","id":"a-1","text":"\"#, #"{"type":"message","id":"a-1","re":1e999}"#,
            "{\"type\":\"message\",\"id\":\"a-1\",\"text\":\"a\u{1}\"}",
        ])
    func refusalsNameTheMessage(_ json: String) throws {
        let id = try #require(MessageID("a-1"))
        #expect {
            try Request(Array(json.utf8), with: decoder)
        } throws: { error in (error as? Refusal)?.context == .message(id) }
        #expect(Request.context(of: Array(json.utf8), with: decoder) == .message(id))
    }

    @Test(
        arguments: [
            (#"{"type":"join","id":"x","room":"not a room!","create":7}"#, .invalid(.room, "not a room!")),
            (#"{"type":"history","with":"\u200b","limit":"x"}"#, .invalid(.with, "\u{200B}")),
            (#"{"type":"message","id":"a 1","text":7}"#, .invalid(.id, "a 1")),
            (#"{"type":"message","id":"\#(String(repeating: "x", count: 257))","text":7}"#, .nothing),
            (#"{"type":"message","id":"\ud83d"}"#, .nothing), (#"["id","a-1"]"#, .nothing), ("{", .nothing),
            ("", .nothing),
            (#"{"type":"message","text":"cut off","id":"a-1"#, .nothing),
            (#"{"type":"hello","id":"a-1","rooms":7}"#, .nothing),
        ] as [(String, Refusal.Context)])
    func refusalsRepeatWhatWasSent(_ json: String, _ expected: Refusal.Context) {
        #expect(Request.context(of: Array(json.utf8), with: decoder) == expected)
    }

    @Test func otherEncodingsAreRefused() {
        let text = Array(#"{"type":"rooms"}"#.utf8)
        let little = Array(text.map { [$0, 0] }.joined())
        let big = Array(text.map { [0, $0] }.joined())
        for bytes in [little, big] {
            #expect(throws: Refusal(.badJSON, "This is not valid JSON.")) { try Request(bytes, with: decoder) }
        }
    }

    @Test(
        arguments: [
            ("{}", "The message has no type."), (#"{"type":null}"#, "The message has no type."),
            (#"{"type":"dance"}"#, "There is no command dance."),
            (#"{"type":"welcome"}"#, "There is no command welcome."),
            (#"{"type":""}"#, "There is no such command."), (#"{"type":"Rooms\n"}"#, "There is no such command."),
            (#"{"type":"\#(String(repeating: "x", count: 60_000))"}"#, "There is no such command."),
        ])
    func unknownTypes(_ json: String, _ sentence: String) {
        #expect(throws: Refusal(.unknownType, sentence)) { try Request(Array(json.utf8), with: decoder) }
    }

    /// The refusal is a short sentence.
    @Test(
        arguments: [
            String(repeating: "[", count: 65_536), String(repeating: #"{"a":"#, count: 13_000),
            #"{"type":"message","x":"# + String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)
                + "}",
            String(repeating: "\u{10FFFF}", count: 16_384), String(repeating: "\"", count: 65_536),
            "[" + String(repeating: "1,", count: 32_000) + "1]",
            "{\"rooms\":[" + String(repeating: "1,", count: 32_000) + "1]}",
            "-" + String(repeating: "9", count: 65_000), "{\"since\":1e" + String(repeating: "9", count: 60_000) + "}",
        ])
    func largeAndDeepTextsAreRefused(_ json: String) {
        #expect {
            try Request(Array(json.utf8), with: decoder)
        } throws: { error in
            guard let refusal = error as? Refusal else { return false }
            return [.badJSON, .unknownType].contains(refusal.code) && refusal.message.utf8.count < 100
        }
    }

    @Test func garbageIsRefused() {
        var random = SeededRandom(seed: 7)
        let alphabet = Array(#"{}[]",:\u0019eE+-. truefalsnyp"#.utf8)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                alphabet[Int.random(in: alphabet.indices, using: &random)]
            }
            #expect(throws: Refusal.self) { try Request(bytes, with: decoder) }
        }
    }

    @Test(
        arguments: [
            (#"{"type":"message","id":"a-1","room":"lobby"}"#, .message("a-1")),
            (#"{"type":"message","id":"a 1"}"#, .invalid),
            (#"{"type":"private","id":"a-1"}"#, .message("a-1")),
            (#"{"type":"join","id":"a-1","room":"lobby"}"#, .room("lobby")),
            (#"{"type":"history","room":"lobby"}"#, .room("lobby")), (#"{"type":"who","room":"LOBBY"}"#, .invalid),
            (#"{"type":"rename","id":"a-1","room":"lobby"}"#, .nothing),
        ] as [(String, ExpectedSubject)])
    func subjects(_ json: String, _ expected: ExpectedSubject) throws {
        let subject = try Request(Array(json.utf8), with: decoder).context
        switch expected {
        case .nothing: #expect(subject == .nothing)
        case .invalid: if case .invalid = subject {} else { Issue.record("\(subject)") }
        case .message(let id): #expect(subject == .message(try #require(MessageID(id))))
        case .room(let room): #expect(subject == .room(try #require(RoomName(room))))
        }
    }

    enum ExpectedSubject: Sendable { case nothing, invalid, message(String), room(String) }
}
