// Sessions, deadlines, the ledger's outcomes and rate limits: Chat.swift as scripts of inputs and actions.

import Model
import Testing

@testable import Chat

@Suite struct ChatTests {
    @Test func helloNamesAndJoins() {
        var script = ScriptedChat()
        let ada = script.connect(0)
        #expect(
            script.send(ada, #"{"type":"hello","name":"Ada"}"#) == [
                .report(.named(ada, name: "Ada")),
                .sends(
                    ada,
                    #"{"type":"welcome","name":"Ada","user":1,"token":"910a2dec89025cc1beeb8da1658eec67","ledger":"1ed9e000","seq":1,"rooms":["lobby"],"limits":{"text":8192,"name":32,"rooms":16,"rate":10,"burst":50}}"#
                ),
                .report(.joined(ada, name: "Ada", room: "lobby")), .subscribe(ada, lobby),
                .sends(ada, #"{"type":"joined","room":"lobby","users":1}"#), .sends(ada, emptyHistory),
            ])
        #expect(script.chat.figures == (users: 1, rooms: 1))
    }

    @Test func helloWithoutANameAssignsOne() throws {
        var script = ScriptedChat(seed: 7)
        let nobody = script.connect(0)
        let actions = script.send(nobody, #"{"type":"hello","rooms":[]}"#)
        guard case .report(.named(nobody, let name)) = actions.first else { throw Unexpected(actions) }
        #expect(actions.count == 2)
        #expect(actions.last?.sentText?.hasPrefix(#"{"type":"welcome","name":"\#(name)","user":1,"token":""#) == true)
    }

    @Test func aRefusedHelloCanBeTriedAgain() {
        var script = ScriptedChat()
        _ = script.connect(0, as: "Ada")
        let other = script.connect(1)
        #expect(script.send(other, #"{"type":"rooms"}"#).onlyErrorCode == "hello-first")
        #expect(script.send(other, #"{"type":"hello","name":"ada"}"#).onlyErrorCode == "name-taken")
        #expect(script.send(other, #"{"type":"hello","name":""}"#).onlyErrorCode == "bad-name")
        #expect(script.send(other, #"{"type":"hello","rooms":7}"#).onlyErrorCode == "bad-json")
        #expect(script.chat.figures.users == 1)
        #expect(script.send(other, #"{"type":"hello","name":"Bob"}"#).count == 7)
        #expect(script.send(other, #"{"type":"hello","name":"Bob"}"#).onlyErrorCode == "hello-first")
        #expect(script.send(other, #"{"type":"hello","name":"?\u0000"}"#).onlyErrorCode == "hello-first")
    }

    @Test func helloFirstNamesTheMessage() {
        var script = ScriptedChat()
        let nobody = script.connect(0)
        #expect(
            script.send(nobody, #"{"type":"message","id":"a-1","room":"lobby","text":"x"}"#) == [
                .sends(nobody, #"{"type":"error","code":"hello-first","id":"a-1","message":"Say hello first."}"#)
            ])
    }

    @Test func helloHasTenSeconds() {
        var script = ScriptedChat()
        let slow = script.connect(0)
        script.now.monotonic += 1
        let ada = script.connect(1, as: "Ada")
        let gone = script.connect(2)
        #expect(script.disconnect(gone) == [])
        let next = script.connect(2, generation: 2)
        script.now.monotonic += 5_000
        let late = script.connect(3)
        #expect(script.tick(after: 4_998) == [])
        #expect(script.tick(after: 1) == [.close(slow, .helloTimeout)])
        #expect(script.tick(after: 1) == [.close(next, .helloTimeout)])
        #expect(script.send(slow, #"{"type":"hello","name":"Slow"}"#) == [])
        #expect(script.tick(after: 4_999) == [])
        #expect(script.disconnect(slow) == [])
        #expect(script.tick(after: 1) == [.close(late, .helloTimeout)])
        #expect(script.tick(after: 100_000) == [])
        #expect(script.send(ada, #"{"type":"rename","name":"ada"}"#).count == 3)
    }

    @Test func committedMessagesArePublished() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        #expect(script.send(ada, #"{"type":"message","id":"a-1","room":"lobby","text":"Hi \"all\""}"#) == [])
        #expect(script.commit() == [.publishes(lobby, message(2, "a-1", from: "Ada", #"Hi \"all\""#))])
        let bob = script.connect(1)
        let welcome = script.send(bob, #"{"type":"hello","name":"Bob"}"#).compactMap(\.sentText).first
        #expect(welcome?.contains(#""seq":3,"#) == true)
    }

    /// What the sender does before the commit does not change the message.
    @Test(
        arguments: [
            #"{"type":"rename","name":"Eve"}"#, #"{"type":"leave","room":"lobby"}"#, nil,
        ])
    func messagesKeepTheNameOfWhenTheyWereSent(_ command: String?) throws {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        _ = script.send(ada, #"{"type":"message","id":"a-1","room":"lobby","text":"Hello"}"#)
        if let command { _ = script.send(ada, command) } else { _ = script.disconnect(ada) }
        let seq = script.ledger.seq + 1
        #expect(script.commit() == [.publishes(lobby, message(Int(seq), "a-1", from: "Ada"))])
    }

    @Test func aReopenedRoomHasMessagesThatWerePending() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        _ = script.send(ada, #"{"type":"message","id":"a-1","room":"attic","text":"Hello"}"#)
        _ = script.send(ada, #"{"type":"leave","room":"attic"}"#)
        #expect(script.commit() == [.sends(ada, #"{"type":"ack","id":"a-1","seq":2}"#)])
        #expect(script.chat.newest == 2)
        let again = script.send(ada, #"{"type":"join","room":"attic","create":true}"#).sent(to: ada).last
        #expect(again?.contains(#""messages":[{"type":"message","seq":2,"#) == true)
    }

    @Test func onlyTheSenderGetsAcknowledgementsAndRefusals() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        let command = #"{"type":"message","id":"a-1","room":"lobby","text":"Hello"}"#
        _ = script.send(ada, command)
        let refusal =
            #"{"type":"error","code":"try-again","id":"a-1","message":"The message could not be stored. Try again."}"#
        #expect(script.refuse() == [.sends(ada, refusal)])
        _ = script.send(ada, command)
        #expect(script.commit().count == 1)
        _ = script.send(ada, command)
        #expect(script.commit() == [.sends(ada, #"{"type":"ack","id":"a-1","seq":3}"#)])
        _ = script.send(ada, command)
        _ = script.disconnect(ada)
        #expect(script.commit() == [])
    }

    @Test func commandsAreRateLimited() {
        var script = ScriptedChat(ChatSettings(rate: 10, burst: 2))
        let ada = script.connect(0, as: "Ada")
        #expect(script.send(ada, "garbage").onlyErrorCode == "bad-json")
        #expect(
            script.send(ada, #"{"type":"message","id":"a-1","room":"lobby","text":"x"}"#) == [
                .sends(
                    ada,
                    #"{"type":"error","code":"rate-limited","id":"a-1","message":"Too many commands. Wait 100 ms.","retry":100}"#
                )
            ])
        #expect(
            script.send(ada, "garbage") == [
                .sends(
                    ada,
                    #"{"type":"error","code":"rate-limited","message":"Too many commands. Wait 100 ms.","retry":100}"#)
            ])
        script.now.monotonic += 100
        #expect(script.send(ada, #"{"type":"rooms"}"#).onlyErrorCode == nil)
        for _ in 0..<9 { #expect(script.send(ada, #"{"type":"rooms"}"#).onlyErrorCode == "rate-limited") }
        #expect(
            script.send(ada, #"{"type":"rooms"}"#) == [.report(.overRate(ada, name: "Ada")), .close(ada, .overRate)])
        #expect(script.send(ada, #"{"type":"rooms"}"#) == [])
        #expect(script.tick(after: 100_000) == [])
        #expect(script.disconnect(ada).first == .unsubscribe(ada, lobby))
    }

    /// Also where the command is no JSON: else its client would send it again for ever.
    @Test func refusalsNameTheMessage() {
        var script = ScriptedChat(ChatSettings(rate: 10, burst: 2))
        let ada = script.connect(0, as: "Ada")
        let json = #"{"type":"message","id":"a-1","room":"lobby","text":"half \ud83d end"}"#
        for code in ["bad-json", "rate-limited"] {
            let error = script.send(ada, json).sent(to: ada)[0]
            #expect(error.hasPrefix(#"{"type":"error","code":"\#(code)","id":"a-1","#))
        }
    }

    @Test func aBadRoomCostsThatRoomOnly() throws {
        var script = ScriptedChat(ChatSettings(rate: 0))
        let ada = script.connect(0)
        let hello = #"{"type":"hello","name":"Ada","rooms":["not a room!","lobby"]"#
        let sent = script.send(ada, hello + "}").sent(to: ada)
        #expect(sent.count == 4 && sent[1].hasPrefix(#"{"type":"error","code":"bad-room","room":"not a room!","#))
        #expect(sent[2] == #"{"type":"joined","room":"lobby","users":1}"#)
        // A returning client learns first which rooms are missing. Its name does not matter.
        let token = try givenToken(sent.map { .sends(ada, $0) })
        let phone = script.connect(1)
        let back = #"{"type":"hello","name":"\u2800","rooms":["lobby","/"],"since":1,"token":"\#(token)"}"#
        let again = script.send(phone, back).sent(to: phone)
        #expect(again.count == 3 && again[1].hasPrefix(#"{"type":"error","code":"bad-room","room":"/","#))
    }

    @Test func helloIsRateLimited() {
        var script = ScriptedChat(ChatSettings(rate: 1, burst: 1))
        let nobody = script.connect(0)
        #expect(script.send(nobody, #"{"type":"hello","name":""}"#).onlyErrorCode == "bad-name")
        for _ in 0..<5 { #expect(script.send(nobody, #"{"type":"hello"}"#).onlyErrorCode == "rate-limited") }
        #expect(
            script.send(nobody, #"{"type":"hello"}"#) == [
                .report(.overRate(nobody, name: nil)), .close(nobody, .overRate),
            ])
        #expect(script.tick(after: 10_000) == [])
    }

    @Test func unknownSessionsAreABug() async {
        await #expect(processExitsWith: .failure) {
            var script = ScriptedChat()
            _ = script.connect(0)
            _ = script.disconnect(SessionID(slot: 0, generation: 2))
        }
        await #expect(processExitsWith: .failure) {
            var script = ScriptedChat()
            let ada = script.connect(0)
            _ = script.disconnect(ada)
            _ = script.send(ada, "{}")
        }
        await #expect(processExitsWith: .failure) {
            var script = ScriptedChat()
            _ = script.connect(0)
            _ = script.connect(0, generation: 2)
        }
    }

    @Test func descendingSequenceNumbersAreABug() async {
        await #expect(processExitsWith: .failure) {
            var script = ScriptedChat()
            let seen = Committed(seq: 2, entry: .seen(UserID(1), at: 0))
            var actions: [Action] = []
            script.chat.apply(seen, at: script.now, into: &actions)
            script.chat.apply(seen, at: script.now, into: &actions)
        }
    }

    @Test func settingsOutsideTheLimitsAreABug() async {
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(rooms: [])) }
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(rooms: ["Lobby"])) }
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(rooms: ["a", "a"])) }
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(textBytes: 65_537)) }
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(rate: -1)) }
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(burst: 0)) }
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(nameDays: 0)) }
        await #expect(processExitsWith: .failure) { _ = ScriptedChat(ChatSettings(graceSeconds: -1)) }
    }
}

struct Unexpected: Error {
    let actions: [Action]
    init(_ actions: [Action]) { self.actions = actions }
}
