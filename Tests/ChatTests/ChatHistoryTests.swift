// Pages, searches and private messages: Chat+History.swift as scripts of inputs and actions.

import Model
import Testing

@testable import Chat

@Suite struct ChatHistoryTests {
    private func chat(_ messages: Int) -> (ScriptedChat, SessionID) {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        for number in 0..<messages {
            _ = script.send(ada, #"{"type":"message","id":"m\#(number)","room":"lobby","text":"Hello \#(number)"}"#)
        }
        _ = script.commit()
        return (script, ada)
    }

    /// Pages from memory and from the ledger look the same.
    @Test func pagesReachTheFirstMessage() throws {
        var (script, ada) = chat(120)
        var before: Int?
        var texts: [Int] = []
        while true {
            let field = before.map { #","before":\#($0)"# } ?? ""
            let answer = try #require(
                script.send(ada, #"{"type":"history","room":"lobby","limit":7\#(field)}"#).sent(to: ada).first)
            #expect(answer.hasPrefix(#"{"type":"history","room":"lobby"\#(field),"messages":["#))
            let page = answer.split(separator: "\"").filter { $0.hasPrefix("Hello ") }.compactMap {
                Int($0.dropFirst(6))
            }
            texts = page + texts
            guard answer.hasSuffix(#""more":true}"#) else { break }
            #expect(page.count == 7)
            before = (page.first ?? 0) + 2
        }
        #expect(texts == Array(0..<120))
    }

    @Test func historyAndSearchNeedAKnownScope() {
        var (script, ada) = chat(1)
        for type in [#""history""#, #""search","text":"x""#] {
            let unknown = script.send(ada, #"{"type":\#(type),"with":"Nobody"}"#)
            #expect(unknown.onlyErrorCode == "no-such-user")
            #expect(unknown.first?.sentText?.contains(#""with":"Nobody""#) == true)
            #expect(script.send(ada, #"{"type":\#(type),"room":"attic"}"#).onlyErrorCode == "not-in-room")
        }
    }

    @Test func aSessionHasFourPendingReads() {
        var (script, ada) = chat(60)
        script.isHeld = true
        let command = #"{"type":"search","text":"hello","limit":1}"#
        for _ in 0..<4 { #expect(script.send(ada, command) == []) }
        #expect(script.send(ada, command).onlyErrorCode == "try-again")
        #expect(script.answer().count == 1)
        #expect(script.send(ada, command) == [])
        #expect(script.answer(.failed("")).onlyErrorCode == "try-again")
        _ = script.disconnect(ada)
        #expect(script.answer() == [] && script.chat.reads.count == 2)
    }

    /// With several unanswered searches, the refusal says which one it is about.
    @Test func aRefusalNamesTheSearch() {
        var (script, ada) = chat(60)
        script.isHeld = true
        _ = script.send(ada, #"{"type":"search","text":"one"}"#)
        _ = script.send(ada, #"{"type":"search","text":"two","room":"lobby","before":50}"#)
        _ = script.answer(.entries([], more: false))
        #expect(
            script.answer(.failed("")).sent(to: ada) == [
                #"{"type":"error","code":"try-again","room":"lobby","message":"This could not be read in time. Try again.","command":"search","text":"two","before":50}"#
            ])
        _ = script.send(ada, #"{"type":"history","before":9}"#)
        #expect(script.answer(.failed("")).sent(to: ada)[0].hasSuffix(#""command":"history","before":9}"#))
    }

    @Test func allSessionsOfAUserHaveSixteenPendingReads() {
        var (script, ada) = chat(1)
        script.isHeld = true
        let hello = #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#
        let command = #"{"type":"search","text":"hello"}"#
        for slot in 1...5 as ClosedRange<UInt32> {
            let session = script.connect(slot)
            _ = script.send(session, hello)
            for _ in 0..<4 {
                #expect(script.send(session, command).onlyErrorCode == (slot == 5 ? "try-again" : nil))
            }
        }
        #expect(script.send(ada, command).onlyErrorCode == "try-again")
        #expect(Set(script.asked.map(\.user)).count == 1 && script.asked.count == 16)
        _ = script.answer()
        #expect(script.send(ada, command) == [])
        let bob = script.connect(9)
        script.isHeld = false
        _ = script.send(bob, #"{"type":"hello","name":"Bob"}"#)
        script.isHeld = true
        #expect(script.send(bob, command) == [])
    }

    @Test func aPartOfASearchSaysWhereToGoOn() {
        var (script, ada) = chat(1)
        script.isHeld = true
        _ = script.send(ada, #"{"type":"search","text":"rare"}"#)
        #expect(
            script.answer(.part([], before: 77)).sent(to: ada) == [
                #"{"type":"found","text":"rare","messages":[],"more":true,"next":77}"#
            ])
    }

    @Test func searchesFindOnlyVisibleMessages() {
        var (script, ada) = chat(1)
        let bob = script.connect(1, as: "Bob")
        let eve = script.connect(2)
        _ = script.send(eve, #"{"type":"hello","name":"Eve","rooms":[]}"#)
        _ = script.send(ada, #"{"type":"private","id":"p1","to":"bob","text":"hello you"}"#)
        _ = script.commit()
        let command = #"{"type":"search","text":"hello"}"#
        #expect(script.send(ada, command).sent(to: ada)[0].contains(#""messages":[{"type":"private","seq":5,"#))
        #expect(script.send(bob, command).sent(to: bob)[0].contains("hello you"))
        #expect(
            script.send(eve, command) == [
                .sends(eve, #"{"type":"found","text":"hello","messages":[],"more":false}"#)
            ])
        let only = script.send(bob, #"{"type":"search","text":"hello","room":"lobby"}"#).sent(to: bob)[0]
        #expect(only.contains("Hello 0") && !only.contains("hello you"))
        let with = script.send(bob, #"{"type":"search","text":"hello","with":"ADA"}"#).sent(to: bob)[0]
        #expect(!with.contains("Hello 0") && with.contains("hello you") && with.contains(#""with":"ADA""#))
    }

    // MARK: private messages

    @Test func privateMessagesGoToAllSessionsOfBothUsers() {
        var (script, ada) = chat(0)
        let phone = script.connect(1)
        _ = script.send(phone, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#)
        let bob = script.connect(2, as: "Bob")
        _ = script.send(ada, #"{"type":"private","id":"p1","to":"BOB","text":"Psst"}"#)
        // Bob is renamed while the message is on its way.
        _ = script.send(bob, #"{"type":"rename","name":"Rob"}"#)
        let json =
            #"{"type":"private","seq":4,"id":"p1","from":"Ada","user":1,"to":"Rob","peer":2,"text":"Psst","at":1767225600000}"#
        #expect(script.commit() == [.sends(ada, json), .sends(phone, json), .sends(bob, json)])
    }

    @Test func aMessageToOneselfComesOnce() {
        var (script, ada) = chat(0)
        _ = script.send(ada, #"{"type":"private","id":"p1","to":"ada","text":"Milk"}"#)
        #expect(script.commit().sent(to: ada).count == 1)
        _ = script.send(ada, #"{"type":"private","id":"p1","to":"ada","text":"Milk"}"#)
        #expect(script.commit().sent(to: ada) == [#"{"type":"ack","id":"p1","seq":2}"#])
    }

    @Test func aReturningUserGetsPrivateMessages() throws {
        var (script, ada) = chat(0)
        let bob = script.connect(1)
        let token = try #require(
            script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob).first?.split(separator: "\"")[13])
        _ = script.send(bob, #"{"type":"rooms"}"#)
        _ = script.disconnect(bob)
        for number in 0..<3 {
            _ = script.send(ada, #"{"type":"private","id":"p\#(number)","to":"Bob","text":"Psst"}"#)
        }
        _ = script.commit()
        // From memory, and from the ledger.
        for recent in [100, 1] {
            var next = ScriptedChat(ledger: script.ledger, recent: recent)
            let bob = next.connect(0)
            var actions = next.send(bob, #"{"type":"hello","token":"\#(token)","since":3}"#)
            while actions.last == .awaitDrain(bob) { actions += next.drained(bob) }
            let sent = actions.sent(to: bob)
            #expect(sent.filter { $0.hasPrefix(#"{"type":"private""#) }.count == 2)
            // A newcomer gets the newest private messages before its rooms.
            let phone = next.connect(1)
            let newest = next.send(phone, #"{"type":"hello","token":"\#(token)"}"#).sent(to: phone)
            #expect(newest[1].hasPrefix(#"{"type":"history","messages":[{"type":"private","seq":3,"#))
            #expect(newest[2].hasPrefix(#"{"type":"joined""#))
        }
    }

    @Test func aCatchUpHasPrivateMessagesOnceAndOnlyForItsUser() throws {
        var (script, ada) = chat(0)
        let (bob, eve) = (script.connect(1, as: "Bob"), script.connect(2))
        let token = try #require(
            script.send(eve, #"{"type":"hello","name":"Eve"}"#).sent(to: eve).first?.split(separator: "\"")[13])
        _ = script.send(ada, #"{"type":"private","id":"p1","to":"Bob","text":"Psst"}"#)
        _ = script.commit()
        let stranger = script.connect(3)
        let sent = script.send(stranger, #"{"type":"hello","token":"\#(token)","since":1}"#).sent(to: stranger)
        #expect(sent.count == 2 && !sent.joined().contains("Psst"))
        // A new session of Ada gets the first message as a newcomer, and the second one during its catch-up.
        script.isHeld = true
        let phone = script.connect(4)
        var got = script.send(phone, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#).sent(to: phone)
        _ = script.send(bob, #"{"type":"private","id":"p2","to":"Ada","text":"Yes?"}"#)
        let actions = script.commit()
        #expect(actions.sent(to: ada).count == 1 && actions.sent(to: phone) == [])
        got += script.answer().sent(to: phone)
        #expect(got.count == 5)
        #expect(got[1].contains("Psst") && !got[1].contains("Yes?") && got[2].contains("Yes?"))
    }

    @Test func messagesWithReleasedUsersAreMarked() {
        var (script, ada) = chat(0)
        let eve = script.connect(1, as: "Eve")
        _ = script.send(ada, #"{"type":"private","id":"p1","to":"Eve","text":"Psst"}"#)
        _ = script.commit()
        _ = script.disconnect(eve)
        _ = script.connect(2, as: "Eve")
        let all = script.send(ada, #"{"type":"history"}"#).sent(to: ada)[0]
        #expect(
            all.contains(#""from":"Ada","user":1,"to":"Eve","peer":2,"text":"Psst","at":1767225600000,"gone":true}"#))
        let with = script.send(ada, #"{"type":"history","with":"Eve"}"#).sent(to: ada)[0]
        #expect(with == #"{"type":"history","with":"Eve","user":5,"messages":[],"more":false}"#)
    }

    @Test func messagesBelowTheRetentionFloorAreForgotten() {
        var (script, ada) = chat(10)
        script.forget(upTo: 6)
        let answer = script.send(ada, #"{"type":"history","room":"lobby"}"#).sent(to: ada)[0]
        #expect(answer.hasPrefix(#"{"type":"history","room":"lobby","messages":[{"type":"message","seq":7,"#))
        #expect(answer.hasSuffix(#""more":false}"#))
        #expect(script.chat.log.replay.after == 6 && script.chat.log.replay.items.count == 5)
        var (long, bob) = chat(60)
        long.forget(upTo: 55)
        let rest = long.send(bob, #"{"type":"history","room":"lobby"}"#).sent(to: bob)[0]
        #expect(rest.contains(#""messages":[{"type":"message","seq":56,"#) && rest.hasSuffix(#""more":false}"#))
    }
}
