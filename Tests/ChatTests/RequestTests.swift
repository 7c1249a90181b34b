import FoundationEssentials
import Model
import Testing

@testable import Chat

@Suite struct RequestTests {
    private let decoder = JSONDecoder()

    @Test func readsAllFields() throws {
        let json =
            #" {"text":"t","type":"message","id":"i","name":"n","room":"r","rooms":["a","b"],"create":true,"other":{"x":[1]}} "#
        let request = try Request(Array(json.utf8), with: decoder)
        #expect(request.type == .message)
        #expect(request.fields.id == "i")
        #expect(request.fields.name == "n")
        #expect(request.fields.room == "r")
        #expect(request.fields.rooms?.names == ["a", "b"])
        #expect(request.fields.text == "t")
        #expect(request.fields.create == true)
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
            (#"{"type":"message","id":"a 1"}"#, .nothing),
            (#"{"type":"private","id":"a-1"}"#, .message("a-1")),
            (#"{"type":"join","id":"a-1","room":"lobby"}"#, .room("lobby")),
            (#"{"type":"history","room":"lobby"}"#, .room("lobby")), (#"{"type":"who","room":"LOBBY"}"#, .nothing),
            (#"{"type":"rename","id":"a-1","room":"lobby"}"#, .nothing),
        ] as [(String, ExpectedSubject)])
    func subjects(_ json: String, _ expected: ExpectedSubject) throws {
        let subject = try Request(Array(json.utf8), with: decoder).context
        switch expected {
        case .nothing: #expect(subject == .nothing)
        case .message(let id): #expect(subject == .message(try #require(MessageID(id))))
        case .room(let room): #expect(subject == .room(try #require(RoomName(room))))
        }
    }

    enum ExpectedSubject: Sendable { case nothing, message(String), room(String) }
}
