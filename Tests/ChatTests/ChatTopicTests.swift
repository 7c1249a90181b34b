// Titles and topics of rooms: RoomTopic.swift.

import Model
import Testing

@testable import Chat

@Suite struct ChatTopicTests {
    private func topic(_ id: String, _ fields: String, room: String = "lobby") -> String {
        #"{"type":"topic","id":"\#(id)","room":"\#(room)",\#(fields)}"#
    }

    @Test func everybodyGetsTheTitleAndTheTopic() {
        var (script, ada, bob) = pair()
        let event =
            #"{"type":"topic","seq":3,"id":"a-1","room":"lobby","from":"Ada","user":1,"title":"Empfang 你好","topic":"","at":1767225600000}"#
        #expect(script.send(ada, topic("a-1", #""title":" Empfang 你好 ""#)) == [.publishes(lobby, event)])
        #expect(script.send(ada, topic("a-1", #""title":"x""#)) == [.sends(ada, #"{"type":"ack","id":"a-1","seq":3}"#)])
        // What is not named stays.
        _ = script.send(bob, topic("b-1", #""topic":"Be kind""#))
        let joined = #"{"type":"joined","room":"lobby","users":3,"title":"Empfang 你好","topic":"Be kind"}"#
        for recent in [ChatLimits.recentMessages, 0] {
            var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: recent)
            _ = (next.connect(1, as: "Ann"), next.connect(2, as: "Cyd"))
            let eve = next.connect(3)
            #expect(next.send(eve, #"{"type":"hello","name":"Eve"}"#).sent(to: eve).contains(joined))
            let rooms = next.send(eve, #"{"type":"rooms"}"#).sent(to: eve).joined()
            #expect(rooms.contains(#"{"room":"lobby","users":3,"title":"Empfang 你好","topic":"Be kind"}"#))
            let desk = next.connect(4)
            let got = (next.send(desk, back(since: 2)) + next.drained(desk)).sent(to: desk)
            #expect(got.contains(event) && got.joined().contains(#""topic":"Be kind","at""#))
        }
        _ = script.send(bob, topic("b-2", #""title":"","topic":"""#))
        #expect(script.chat.rooms.topics.isEmpty)
    }

    @Test func aTopicIsRefused() {
        var (script, ada, _) = pair()
        let long = String(repeating: "x", count: ChatLimits.titleCharacters + 1)
        #expect(script.send(ada, topic("a-1", #""title":"\#(long)""#)).onlyErrorCode == "bad-topic")
        #expect(script.send(ada, topic("a-1", #""topic":"a\nb""#)).onlyErrorCode == "bad-topic")
        #expect(script.send(ada, topic("a-1", #""x":1"#)).onlyErrorCode == "missing-field")
        #expect(script.send(ada, topic("a-1", #""title":"x""#, room: "attic")).onlyErrorCode == "not-in-room")
        _ = script.order(.mute(name: "Ada", until: nil, reason: nil))
        #expect(script.send(ada, topic("a-1", #""title":"x""#)).onlyErrorCode == "muted")
        var (fixed, bob, _) = pair(ChatSettings(rate: 0, roomTopics: false))
        #expect(fixed.send(bob, topic("b-1", #""title":"x""#)).onlyErrorCode == "topic-fixed")
    }
}
