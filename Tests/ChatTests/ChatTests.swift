// Sessions, time, the ledger's answers and the budget: Chat.swift as scripts of input and actions.

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
                    #"{"type":"welcome","name":"Ada","seq":0,"rooms":["lobby"],"limits":{"text":8192,"name":32,"rooms":16,"rate":10,"burst":50}}"#
                ),
                .subscribe(ada, lobby), .sends(ada, #"{"type":"joined","room":"lobby","users":1}"#),
                .report(.joined(ada, name: "Ada", room: "lobby")),
            ])
        #expect(script.chat.figures == (users: 1, rooms: 1))
    }

    @Test func helloWithoutANameAssignsOne() throws {
        var script = ScriptedChat(seed: 7)
        let nobody = script.connect(0)
        let actions = script.send(nobody, #"{"type":"hello","rooms":[]}"#)
        guard case .report(.named(nobody, let name)) = actions.first else { throw Unexpected(actions) }
        #expect(actions.count == 2)
        #expect(actions.last?.sentText?.hasPrefix(#"{"type":"welcome","name":"\#(name)","seq":0,"#) == true)
    }

    @Test func refusedHelloCanBeTriedAgain() {
        var script = ScriptedChat()
        _ = script.connect(0, as: "Ada")
        let other = script.connect(1)
        #expect(script.send(other, #"{"type":"rooms"}"#).onlyErrorCode == "hello-first")
        #expect(script.send(other, #"{"type":"hello","name":"ada"}"#).onlyErrorCode == "name-taken")
        #expect(script.send(other, #"{"type":"hello","name":""}"#).onlyErrorCode == "bad-name")
        #expect(script.send(other, #"{"type":"hello","rooms":["?"]}"#).onlyErrorCode == "bad-room")
        #expect(script.chat.figures.users == 1)
        #expect(script.send(other, #"{"type":"hello","name":"Bob"}"#).count == 6)
        #expect(script.send(other, #"{"type":"hello","name":"Bob"}"#).onlyErrorCode == "hello-first")
        #expect(script.send(other, #"{"type":"hello","name":"?\u0000"}"#).onlyErrorCode == "hello-first")
    }

    @Test func helloFirstSaysWhichMessage() {
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

    @Test func disconnectingLeavesAllRoomsAndFreesTheName() {
        var script = ScriptedChat(ChatSettings(rooms: ["lobby", "news"]))
        let ada = script.connect(0, as: "Ada")
        let bob = script.connect(1, as: "Bob")
        _ = script.send(ada, #"{"type":"join","room":"news"}"#)
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        let (news, attic) = (RoomID(index: 1), RoomID(index: 2))
        #expect(script.chat.figures == (users: 2, rooms: 3))
        #expect(
            script.disconnect(ada) == [
                .unsubscribe(ada, attic), .report(.left(ada, name: "Ada", room: "attic")),
                .report(.roomClosed("attic")),
                .unsubscribe(ada, news), .report(.left(ada, name: "Ada", room: "news")), .unsubscribe(ada, lobby),
                .report(.left(ada, name: "Ada", room: "lobby")),
                .publishes(
                    lobby, #"{"type":"system","event":"left","room":"lobby","name":"Ada","users":1,"at":1767225600000}"#
                ),
            ])
        #expect(script.chat.figures == (users: 1, rooms: 2))
        #expect(script.send(bob, #"{"type":"rename","name":"ADA"}"#).onlyErrorCode == nil)
        let next = script.connect(0, generation: 2)
        #expect(script.send(next, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "name-taken")
    }

    @Test func committedMessagesAreToldAndCounted() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        let message = script.message("a-1", from: "Ada", "Hi \"all\"")
        #expect(
            script.send(ada, #"{"type":"message","id":"a-1","room":"lobby","text":"Hi \"all\""}"#)
                == [.append(.message(message))])
        #expect(
            script.apply(5, message) == [
                .publishes(
                    lobby,
                    #"{"type":"message","seq":5,"id":"a-1","room":"lobby","from":"Ada","text":"Hi \"all\"","at":1767225600000}"#
                )
            ])
        let bob = script.connect(1)
        let welcome = script.send(bob, #"{"type":"hello","name":"Bob"}"#).compactMap(\.sentText).first
        #expect(welcome?.contains(#""seq":5,"#) == true)
    }

    /// What happened to the sender since does not change what is told, or to whom.
    @Test(
        arguments: [
            #"{"type":"rename","name":"Eve"}"#, #"{"type":"leave","room":"lobby"}"#, nil,
        ])
    func messagesOfThoseWhoChangedMeanwhile(_ command: String?) {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        let message = script.message("a-1", from: "Ada")
        #expect(
            script.send(ada, #"{"type":"message","id":"a-1","room":"lobby","text":"Hello"}"#) == [
                .append(.message(message))
            ])
        if let command { _ = script.send(ada, command) } else { _ = script.disconnect(ada) }
        #expect(
            script.apply(1, message) == [
                .publishes(
                    lobby,
                    #"{"type":"message","seq":1,"id":"a-1","room":"lobby","from":"Ada","text":"Hello","at":1767225600000}"#
                )
            ])
    }

    @Test func messagesToARoomThatClosedAreCountedOnly() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        _ = script.send(ada, #"{"type":"leave","room":"attic"}"#)
        #expect(script.apply(1, script.message("a-1", in: "attic", from: "Ada")) == [])
        #expect(script.chat.seq == 1)
    }

    @Test func refusedMessagesAreToldToTheSenderOnly() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        let message = script.message("a-1", from: "Ada")
        let refusal =
            #"{"type":"error","code":"try-again","id":"a-1","message":"The message could not be stored. Try again."}"#
        #expect(script.refuse(message) == [.sends(ada, refusal)])
        _ = script.send(ada, #"{"type":"leave","room":"lobby"}"#)
        #expect(script.refuse(message) == [.sends(ada, refusal)])
        _ = script.send(ada, #"{"type":"rename","name":"Eve"}"#)
        #expect(script.refuse(message) == [])
        #expect(script.disconnect(ada) == [])
        #expect(script.refuse(script.message("a-1", from: "Eve")) == [])
    }

    @Test func theBudgetIsKept() {
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

    @Test func helloCostsToo() {
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

    @Test func staleSessionsAreABug() async {
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
    @Test func aLedgerThatGoesBackIsABug() async {
        await #expect(processExitsWith: .failure) {
            var script = ScriptedChat()
            _ = script.apply(2, script.message("a-1", from: "Ada"))
            _ = script.apply(2, script.message("a-2", from: "Ada"))
        }
    }

    @Test func settingsOutsideTheLimitsAreABug() async {
        await #expect(processExitsWith: .failure) { _ = Chat(settings: ChatSettings(rooms: []), seed: 1) }
        await #expect(processExitsWith: .failure) { _ = Chat(settings: ChatSettings(rooms: ["Lobby"]), seed: 1) }
        await #expect(processExitsWith: .failure) { _ = Chat(settings: ChatSettings(rooms: ["a", "a"]), seed: 1) }
        await #expect(processExitsWith: .failure) { _ = Chat(settings: ChatSettings(textBytes: 65_537), seed: 1) }
        await #expect(processExitsWith: .failure) { _ = Chat(settings: ChatSettings(rate: -1), seed: 1) }
        await #expect(processExitsWith: .failure) { _ = Chat(settings: ChatSettings(burst: 0), seed: 1) }
    }
}

struct Unexpected: Error {
    let actions: [Action]
    init(_ actions: [Action]) { self.actions = actions }
}
