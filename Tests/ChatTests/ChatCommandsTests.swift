// What the commands do: Chat+Commands.swift as scripts of inputs and actions.

import Testing

@testable import Chat

@Suite struct ChatCommandsTests {
    @Test func eachRoomGetsARename() {
        var script = ScriptedChat(ChatSettings(rooms: ["lobby", "news"]))
        let bob = script.connect(0, as: "Bob")
        _ = script.send(bob, #"{"type":"join","room":"news"}"#)
        #expect(
            script.send(bob, #"{"type":"rename","name":" Robert "}"#) == [
                .sends(bob, #"{"type":"renamed","name":"Robert"}"#), .report(.renamed(bob, name: "Robert", was: "Bob")),
                .publishes(
                    lobby,
                    #"{"type":"system","event":"renamed","room":"lobby","name":"Robert","user":1,"was":"Bob","at":1767225600000}"#
                ),
                .publishes(
                    RoomID(index: 1),
                    #"{"type":"system","event":"renamed","room":"news","name":"Robert","user":1,"was":"Bob","at":1767225600000}"#
                ),
            ])
        // Neither the new name nor the old one is free.
        let other = script.connect(1, as: "Eve")
        for name in ["ROBERT", "BOB"] {
            #expect(script.send(other, #"{"type":"rename","name":"\#(name)"}"#).onlyErrorCode == "name-taken")
        }
    }

    @Test func aNameThatWasGivenUpStaysReserved() {
        var script = ScriptedChat(ChatSettings(rate: 0, nameDays: 1))
        let ada = script.connect(0, as: "Ada")
        let eve = script.connect(1, as: "Eve")
        func rename(_ session: SessionID, _ name: String) -> String? {
            script.send(session, #"{"type":"rename","name":"\#(name)"}"#).onlyErrorCode
        }
        _ = rename(ada, "Ada 1")
        #expect(rename(eve, "Ada") == "name-taken")
        // A private message to the old name arrives.
        _ = script.send(eve, whisper("e-1", to: "Ada"))
        #expect(script.commit().sent(to: ada).joined().contains(#""to":"Ada 1","peer":1"#))
        // The user takes it back, and gives up more names than stay reserved.
        #expect(rename(ada, "ada") == nil && rename(eve, "Ada 1") == "name-taken")
        for number in 2...6 { #expect(rename(ada, "Ada \(number)") == nil) }
        #expect(rename(eve, "Ada 1") == nil && rename(eve, "Ada 5") == "name-taken")
        // The next process knows it, too.
        var next = ScriptedChat(ChatSettings(rate: 0, nameDays: 1), ledger: script.ledger)
        let fay = next.connect(0, as: "Fay")
        #expect(next.send(fay, #"{"type":"rename","name":"Ada 5"}"#).onlyErrorCode == "name-taken")
        // A day later they are free. Nothing is released in the first hour.
        for hours in [1, 24] as [Int64] {
            script.now.wall += hours * 3_600_000
            _ = script.tick(after: hours * 3_600_000)
        }
        #expect(rename(eve, "Ada 5") == nil && rename(eve, "Ada 6") == "name-taken")
    }

    @Test func renameToTheSameNameIsAnsweredOnly() {
        var script = ScriptedChat()
        let bob = script.connect(0, as: "José")
        #expect(
            script.send(bob, #"{"type":"rename","name":"José"}"#) == [.sends(bob, #"{"type":"renamed","name":"José"}"#)]
        )
        #expect(script.send(bob, #"{"type":"rename","name":"Jose\#u{301}"}"#).count == 3)
        #expect(script.send(bob, #"{"type":"rename","name":"JOSÉ"}"#).count == 3)
        #expect(script.chat.figures.users == 1)
    }

    @Test func messagesNeedTheRoom() {
        var script = ScriptedChat(ChatSettings(rooms: ["lobby", "news"]))
        let ada = script.connect(0, as: "Ada")
        for room in ["news", "attic"] {
            let command = #"{"type":"message","id":"a-1","room":"\#(room)","text":"x"}"#
            #expect(script.send(ada, command).onlyErrorCode == "not-in-room")
        }
        for type in ["who", "typing"] {
            #expect(script.send(ada, #"{"type":"\#(type)","room":"news"}"#).onlyErrorCode == "not-in-room")
        }
    }

    @Test func whoIsSortedAndLimited() throws {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0, as: "ada")
        for slot in 1...600 as ClosedRange<UInt32> {
            _ = script.connect(slot, as: "\(slot % 2 == 0 ? "B" : "b")ot \(1000 + slot)")
        }
        let answer = try #require(script.send(ada, #"{"type":"who","room":"lobby"}"#).first?.sentText)
        #expect(answer.hasPrefix(#"{"type":"who","room":"lobby","names":["ada","bot 1001","Bot 1002","bot 1003","#))
        #expect(answer.contains(#","bot 1499"],"ids":[1,2,3,"#) && answer.hasSuffix(#"],"users":601,"more":101}"#))
        _ = script.send(ada, #"{"type":"rename","name":"Zoë"}"#)
        _ = script.disconnect(SessionID(slot: 1, generation: 1))
        let later = try #require(script.send(ada, #"{"type":"who","room":"lobby"}"#).first?.sentText)
        #expect(later.hasPrefix(#"{"type":"who","room":"lobby","names":["Bot 1002","bot 1003","#))
        #expect(later.contains(#","bot 1501"],"ids":[3,4,"#) && later.hasSuffix(#"],"users":600,"more":100}"#))
    }

    @Test func roomsAreSortedAndLimited() throws {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        for slot in 0..<20 as Range<UInt32> {
            let maker = script.connect(slot)
            _ = script.send(maker, #"{"type":"hello","rooms":[]}"#)
            for room in 0..<15 {
                _ = script.send(maker, #"{"type":"join","room":"r\#(1000 + Int(slot) * 15 + room)","create":true}"#)
            }
        }
        let session = SessionID(slot: 0, generation: 1)
        let answer = try #require(script.send(session, #"{"type":"rooms"}"#).first?.sentText)
        #expect(answer.hasPrefix(#"{"type":"rooms","rooms":[{"room":"lobby","users":0},{"room":"r1000","users":1},"#))
        #expect(answer.hasSuffix(#"{"room":"r1198","users":1}],"more":101}"#))
    }

    @Test func typingIsLimitedForEachRoom() {
        var script = ScriptedChat(ChatSettings(rooms: ["lobby", "news"]))
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"join","room":"news"}"#)
        let event = Action.publishes(lobby, #"{"type":"typing","room":"lobby","from":"Ada","user":1}"#)
        #expect(script.send(ada, #"{"type":"typing","room":"lobby"}"#) == [event])
        #expect(script.send(ada, #"{"type":"typing","room":"lobby"}"#) == [])
        #expect(
            script.send(ada, #"{"type":"typing","room":"news"}"#)
                == [.publishes(RoomID(index: 1), #"{"type":"typing","room":"news","from":"Ada","user":1}"#)])
        script.now.monotonic += 1_999
        #expect(script.send(ada, #"{"type":"typing","room":"lobby"}"#) == [])
        script.now.monotonic += 1
        #expect(script.send(ada, #"{"type":"typing","room":"lobby"}"#) == [event])
    }
}
