// Deletions of messages: Chat+Admin.swift and Chat+Ledger.swift.

import Model
import Testing

@testable import Chat

@Suite struct ChatDeletionTests {
    private let deleted = #"{"type":"deleted","seq":5,"message":3,"room":"lobby"}"#

    /// Ada and Bob, and Ada's messages 3 and 4.
    private func chat(_ settings: ChatSettings = ChatSettings(rate: 0)) -> (ScriptedChat, SessionID, SessionID) {
        var script = ScriptedChat(settings)
        let ada = script.connect(0, as: "Ada")
        let bob = script.connect(1, as: "Bob")
        for id in ["a-1", "a-2"] { _ = script.send(ada, say(id)) }
        _ = script.commit()
        return (script, ada, bob)
    }

    @Test func noAnswerHasADeletedMessage() {
        var (script, ada, bob) = chat()
        let cleo = script.connect(2, as: "Cleo")
        _ = cleo
        #expect(script.order(.delete(3)).last == .adminResult(1, .done("The message 3 is deleted for everybody.")))
        #expect(
            script.order(.delete(3)).last?.refusal
                == "The number 3 is not a message, or the message is deleted already.")
        for command in [
            #"{"type":"history","room":"lobby"}"#, #"{"type":"history","room":"lobby","before":4}"#,
            #"{"type":"history","room":"lobby","limit":1}"#, #"{"type":"search","text":"hello"}"#,
        ] {
            let answer = script.send(bob, command).sent(to: bob).joined()
            #expect(!answer.contains("a-1") && !answer.isEmpty, "\(command)")
        }
        let newcomer = script.connect(3)
        #expect(!script.send(newcomer, #"{"type":"hello","name":"Eve"}"#).sent(to: newcomer).joined().contains("a-1"))
        // The id of a deleted message stays used.
        _ = script.send(ada, say("a-1"))
        #expect(script.commit() == [.sends(ada, #"{"type":"ack","id":"a-1","seq":3,"deleted":true}"#)])
        _ = script.send(ada, say("a-2"))
        #expect(script.commit() == [.sends(ada, #"{"type":"ack","id":"a-2","seq":4}"#)])
    }

    @Test func theRoomAndReturningClientsGetTheDeletion() {
        var (script, _, _) = chat()
        #expect(script.order(.delete(3)).first == .publishes(lobby, deleted))
        for recent in [ChatLimits.recentMessages, 0] {
            var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: recent)
            let desk = next.connect(0)
            let answers = next.send(desk, back(since: 2)) + next.drained(desk)
            #expect(answers.sent(to: desk).dropFirst().prefix(2) == [message(4, "a-2", from: "Ada"), deleted])
            #expect(next.chat.reads.isEmpty)
            let away = next.connect(1)
            let elsewhere = #"{"type":"hello","name":"Eve","rooms":[],"ledger":"1ed9e000","since":2}"#
            #expect((next.send(away, elsewhere) + next.drained(away)).sent(to: away).count == 1)
        }
    }

    /// The replay buffer is empty, and the room's newest message is older than the deletion.
    @Test func anOldDeletionIsMissed() {
        var (script, _, _) = chat()
        _ = script.order(.delete(3))
        var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: 0)
        // Now the room's newest messages are known.
        _ = next.connect(5, as: "Eve")
        let desk = next.connect(0)
        let answers = next.send(desk, back(since: 4)) + next.drained(desk)
        #expect(answers.sent(to: desk)[1] == deleted)
    }

    @Test func bothUsersGetTheDeletionOfAPrivateMessage() {
        var (script, ada, bob) = chat()
        let eve = script.connect(2, as: "Eve")
        _ = script.send(ada, whisper("a-3", to: "Bob"))
        _ = script.commit()
        _ = script.send(bob, #"{"type":"rename","name":"Robert"}"#)
        let actions = script.order(.delete(6))
        let event = #"{"type":"deleted","seq":8,"message":6,"from":"Ada","to":"Robert"}"#
        #expect(actions.sent(to: ada) == [event] && actions.sent(to: bob) == [event] && actions.sent(to: eve) == [])
        for command in [
            #"{"type":"history","with":"Robert"}"#, #"{"type":"history"}"#, #"{"type":"search","text":"psst"}"#,
        ] {
            let answer = script.send(ada, command).sent(to: ada).joined()
            #expect(!answer.contains("Psst") && !answer.isEmpty, "\(command)")
        }
        for recent in [ChatLimits.recentMessages, 0] {
            var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: recent)
            let desk = next.connect(0)
            let answers = next.send(desk, back(since: 5)) + next.drained(desk)
            #expect(answers.sent(to: desk)[1] == event && !answers.sent(to: desk).joined().contains("Psst"))
            let third = next.connect(1)
            let hello = #"{"type":"hello","name":"Fay","ledger":"1ed9e000","since":5}"#
            #expect(!(next.send(third, hello) + next.drained(third)).sent(to: third).joined().contains("deleted"))
        }
    }

    /// The ledger has read an answer before the deletion, and the chat gets it after the deletion.
    @Test(arguments: [
        #"{"type":"search","text":"hello"}"#, #"{"type":"history","room":"lobby","before":5,"limit":100}"#,
    ])
    func aPendingAnswerHasNoDeletedMessage(_ command: String) {
        var (script, _, _) = chat()
        script = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: 0)
        script.isHeld = true
        let eve = script.connect(0)
        _ = script.send(eve, #"{"type":"hello","name":"Eve"}"#)
        _ = script.commit()
        let asked = script.asked.first?.query
        let old = asked.map(script.ledger.answer)
        _ = script.send(eve, command)
        let found = script.asked.last.map { script.ledger.answer($0.query) }
        _ = script.order(.delete(3))
        #expect(script.commit().last == .adminResult(1, .done("The message 3 is deleted for everybody.")))
        let newest = script.answer(old).sent(to: eve).joined()
        let answer = script.answer(found).sent(to: eve).joined()
        #expect(newest.contains("a-2") && !newest.contains("a-1"))
        #expect(answer.contains("a-2") && !answer.contains("a-1"))
        #expect(script.chat.reads.changes.isEmpty)
    }

    @Test func aPendingCatchUpHasNoDeletedMessage() {
        var (script, _, _) = chat()
        script = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: 0)
        script.isHeld = true
        let desk = script.connect(0)
        _ = script.send(desk, back(since: 2))
        let old = script.asked.first.map { script.ledger.answer($0.query) }
        script.withdraw(3)
        #expect(script.answer(old).sent(to: desk) == [message(4, "a-2", from: "Ada")])
        #expect(script.drained(desk).sent(to: desk).first == deleted)
    }

    @Test func aMessageIsDeletedOnce() {
        var (script, _, _) = chat()
        script.isHeld = true
        _ = script.order(.delete(3))
        _ = script.order(.delete(3))
        #expect(script.chat.isSettled == false)
        let results = script.commit().filter { if case .adminResult = $0 { true } else { false } }
        #expect(results.first == .adminResult(1, .done("The message 3 is deleted for everybody.")))
        #expect(results.last?.refusal == "The number 3 is not a message, or the message is deleted already.")
        #expect(results.count == 2 && script.chat.isSettled)
        script.forget(upTo: 3)
        #expect(script.order(.delete(3)).last?.refusal == "The message 3 is no longer stored.")
    }
}

extension Action {
    fileprivate var refusal: String? {
        if case .adminResult(_, .refused(let sentence)) = self { sentence } else { nil }
    }
}

extension ScriptedChat {
    /// The ledger commits a deletion.
    fileprivate mutating func withdraw(_ seq: UInt64) {
        let entry = Entry.change(Change(message: seq, kind: .deletion))
        _ = happen(entry)
    }
}
