// Edits, deletions, reactions and replies: Chat+Commands.swift, Chat+Ledger.swift and Change.swift.

import Model
import Testing

@testable import Chat

@Suite struct ChatChangesTests {
    /// Ada and Bob, and Ada's messages 3 and 4 in the lobby, and 5 to Bob.
    private func chat(_ settings: ChatSettings = ChatSettings(rate: 0)) -> (ScriptedChat, SessionID, SessionID) {
        var script = ScriptedChat(settings)
        let ada = script.connect(0, as: "Ada")
        let bob = script.connect(1, as: "Bob")
        for text in [say("a-1"), say("a-2"), whisper("a-3", to: "Bob")] { _ = script.send(ada, text) }
        _ = script.commit()
        return (script, ada, bob)
    }

    private func edit(_ id: String, _ message: Int, _ text: String) -> String {
        #"{"type":"edit","id":"\#(id)","message":\#(message),"text":"\#(text)"}"#
    }

    private func delete(_ id: String, _ message: Int) -> String {
        #"{"type":"delete","id":"\#(id)","message":\#(message)}"#
    }

    private func react(_ id: String, _ message: Int, _ emoji: String = "👍", on: Bool = true) -> String {
        #"{"type":"react","id":"\#(id)","message":\#(message),"emoji":"\#(emoji)","on":\#(on)}"#
    }

    private func history(_ script: inout ScriptedChat, _ session: SessionID, _ fields: String) -> String {
        script.send(session, #"{"type":"history",\#(fields)}"#).sent(to: session).joined()
    }

    // MARK: edits

    @Test func everybodyGetsTheNewTextAndNobodyTheOldOne() throws {
        var (script, ada, bob) = chat()
        let event =
            #"{"type":"edited","seq":6,"id":"a-9","message":3,"room":"lobby","from":"Ada","user":1,"text":"Secret","at":1767225600000}"#
        #expect(script.send(ada, edit("a-9", 3, "Secret")) == [.publishes(lobby, event)])
        _ = script.send(ada, edit("a-10", 3, "Better"))
        for command in [
            #"{"type":"history","room":"lobby"}"#, #"{"type":"history","room":"lobby","before":4}"#,
            #"{"type":"search","text":"better"}"#,
        ] {
            let answer = script.send(bob, command).sent(to: bob).joined()
            #expect(answer.contains(#""text":"Better","at":1767225600000,"edited":1767225600000}"#), "\(command)")
            #expect(!answer.contains("Secret"))
        }
        for recent in [ChatLimits.recentMessages, 0] {
            var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: recent)
            let desk = next.connect(0)
            let got = (next.send(desk, back(since: 2)) + next.drained(desk)).sent(to: desk)
            #expect(seqs(got.filter { $0.contains(#""room":"lobby""#) && !$0.contains("joined") }).contains(7))
            #expect(!got.joined().contains("Secret") && got.joined().contains("Better"))
        }
        // In the process that has seen the edits, too.
        let phone = script.connect(5)
        let got = (script.send(phone, back(since: 2)) + script.drained(phone)).sent(to: phone).joined()
        #expect(!got.contains("Secret") && got.contains("Better"))
        let newcomer = script.connect(6)
        #expect(script.send(newcomer, #"{"type":"hello","name":"Eve"}"#).sent(to: newcomer).joined().contains("Better"))
    }

    @Test func aChangeIsMadeOnce() {
        var (script, ada, bob) = chat()
        let ack = [Action.sends(ada, #"{"type":"ack","id":"a-9","seq":6}"#)]
        _ = script.send(ada, edit("a-9", 3, "Better"))
        #expect(script.send(ada, edit("a-9", 3, "Best")) == ack)
        _ = script.send(bob, react("b-1", 3))
        #expect(script.send(bob, react("b-1", 3, on: false)) == [.sends(bob, #"{"type":"ack","id":"b-1","seq":7}"#)])
        _ = script.send(ada, delete("a-10", 3))
        #expect(script.send(ada, delete("a-10", 3)) == [.sends(ada, #"{"type":"ack","id":"a-10","seq":8}"#)])
        #expect(
            script.send(ada, edit("a-9", 3, "Better"))
                == [.sends(ada, #"{"type":"ack","id":"a-9","seq":6,"deleted":true}"#)])
        // What is so already is not stored.
        _ = script.send(ada, react("a-11", 4))
        #expect(script.send(ada, react("a-12", 4)) == [.sends(ada, #"{"type":"ack","id":"a-12","seq":4}"#)])
        #expect(script.send(ada, edit("a-13", 4, "Hello")) == [.sends(ada, #"{"type":"ack","id":"a-13","seq":4}"#)])
        #expect(script.chat.newest == 9)
    }

    @Test func aChangeIsRefused() {
        var (script, ada, bob) = chat(ChatSettings(rate: 0, editMinutes: 1))
        let eve = script.connect(2, as: "Eve")
        #expect(script.send(bob, edit("b-1", 3, "x")).onlyErrorCode == "not-yours")
        #expect(script.send(bob, delete("b-2", 3)).onlyErrorCode == "not-yours")
        #expect(script.send(bob, delete("b-3", 5)).onlyErrorCode == "not-yours")
        for (number, command) in [edit("e-1", 5, "x"), delete("e-2", 5), react("e-3", 5), react("e-4", 99)].enumerated()
        {
            #expect(script.send(eve, command).onlyErrorCode == "no-such-message", "\(number)")
        }
        #expect(script.send(ada, edit("a-9", 1, "x")).onlyErrorCode == "no-such-message", "a claim is no message")
        #expect(script.send(ada, edit("a-9", 3, " ")).onlyErrorCode == "empty-text")
        #expect(script.send(ada, react("a-9", 3, "A")).onlyErrorCode == "bad-emoji")
        #expect(script.send(ada, #"{"type":"react","id":"a-9","message":3}"#).onlyErrorCode == "missing-field")
        #expect(script.send(ada, #"{"type":"edit","id":"a-9","text":"x"}"#).onlyErrorCode == "missing-field")
        _ = script.send(eve, #"{"type":"leave","room":"lobby"}"#)
        #expect(script.send(eve, react("e-5", 3)).onlyErrorCode == "not-in-room")
        script.now.wall += 60_000
        #expect(script.send(ada, edit("a-9", 3, "x")).onlyErrorCode == "too-late")
        #expect(script.send(ada, delete("a-9", 3)).onlyErrorCode == "too-late")
        #expect(script.send(ada, react("a-9", 3)).onlyErrorCode == nil, "reactions are never too late")
        _ = script.order(.mute(name: "Ada", until: nil, reason: nil))
        for command in [edit("a-20", 4, "x"), delete("a-20", 4), react("a-20", 4)] {
            #expect(script.send(ada, command).onlyErrorCode == "muted")
        }
    }

    /// A deletion that the ledger has stored first wins over an edit and a reaction on their way.
    @Test func aDeletionBeatsALateEdit() {
        var (script, ada, bob) = chat()
        script.isHeld = true
        _ = script.send(ada, delete("a-9", 3))
        _ = script.send(ada, edit("a-10", 3, "Late"))
        _ = script.send(bob, react("b-1", 3))
        let actions = script.commit()
        #expect(
            actions.first
                == .publishes(
                    lobby, #"{"type":"deleted","seq":6,"id":"a-9","message":3,"room":"lobby","from":"Ada","user":1}"#))
        #expect(actions.dropFirst().map { [$0].onlyErrorCode } == ["no-such-message", "no-such-message"])
    }

    /// The ledger has read an answer before the change, and the chat gets it after the change.
    @Test func aPendingAnswerHasTheMessageOfNow() {
        var (script, ada, bob) = chat()
        script = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: 0)
        let desk = script.connect(0)
        _ = script.send(desk, back(since: 5))
        _ = (ada, bob)
        script.isHeld = true
        _ = script.send(desk, #"{"type":"history","room":"lobby","before":5,"limit":100}"#)
        let old = script.asked.last.map { script.ledger.answer($0.query) }
        _ = script.send(desk, edit("a-9", 3, "Better"))
        _ = script.send(desk, react("a-10", 3))
        _ = script.commit()
        let answer = script.answer(old).sent(to: desk).joined()
        #expect(answer.contains("Better") && answer.contains(#""reactions":[{"emoji":"👍","users":[1]}]"#))
        #expect(script.chat.reads.changes.isEmpty)
    }

    // MARK: reactions

    @Test func reactionsAreFoldedIntoTheMessage() {
        var (script, ada, bob) = chat()
        let event =
            #"{"type":"reaction","seq":6,"id":"b-1","message":3,"room":"lobby","from":"Bob","user":2,"emoji":"👍","on":true}"#
        #expect(script.send(bob, react("b-1", 3)) == [.publishes(lobby, event)])
        // A heart has two spellings.
        for (id, emoji) in [("a-9", "❤"), ("a-10", "👍")] { _ = script.send(ada, react(id, 3, emoji)) }
        let folded = #""reactions":[{"emoji":"👍","users":[2,1]},{"emoji":"❤️","users":[1]}]}"#
        let fromMemory = history(&script, ada, #""room":"lobby""#)
        let fromLedger = history(&script, ada, #""room":"lobby","before":4,"limit":100"#)
        #expect(fromMemory.contains(folded) && fromLedger.contains(folded))
        for recent in [ChatLimits.recentMessages, 0] {
            var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: recent)
            let eve = next.connect(0)
            #expect(next.send(eve, #"{"type":"hello","name":"Eve"}"#).sent(to: eve).joined().contains(folded))
            // Who was away gets the events instead.
            let desk = next.connect(1)
            let got = (next.send(desk, back(since: 2)) + next.drained(desk)).sent(to: desk)
            #expect(!got.joined().contains("reactions") && got.count { $0.contains(#""type":"reaction""#) } == 3)
        }
        _ = script.send(bob, react("b-2", 3, on: false))
        _ = script.send(ada, react("a-11", 3, "❤️", on: false))
        #expect(history(&script, ada, #""room":"lobby""#).contains(#""reactions":[{"emoji":"👍","users":[1]}]}"#))
        _ = script.send(ada, edit("a-12", 3, "Better"))
        #expect(history(&script, ada, #""room":"lobby""#).contains(#""reactions":[{"emoji":"👍","users":[1]}]}"#))
    }

    @Test func aMessageHasAFewEmojisOnly() {
        var (script, ada, bob) = chat()
        for number in 0..<UInt32(ChatLimits.reactionKinds) {
            let emoji = Unicode.Scalar(0x1F600 + number).map { String($0) } ?? ""
            #expect(script.send(ada, react("k\(number)", 3, emoji)).onlyErrorCode == nil)
        }
        #expect(script.send(bob, react("b-1", 3, "🚀")).onlyErrorCode == "too-many-reactions")
        #expect(script.send(bob, react("b-2", 3, "\u{1F600}")).onlyErrorCode == nil)
    }

    // MARK: private messages and replies

    @Test func bothUsersGetTheChangesOfAPrivateMessage() {
        var (script, ada, bob) = chat()
        let eve = script.connect(2, as: "Eve")
        let event =
            #"{"type":"reaction","seq":7,"id":"b-1","message":5,"from":"Bob","user":2,"to":"Ada","peer":1,"emoji":"👍","on":true}"#
        let actions = script.send(bob, react("b-1", 5))
        #expect(actions.sent(to: ada) == [event] && actions.sent(to: bob) == [event] && actions.sent(to: eve) == [])
        let edited = script.send(ada, edit("a-9", 5, "Hush")).sent(to: bob).joined()
        #expect(edited.contains(#""from":"Ada","user":1,"to":"Bob","peer":2,"text":"Hush""#))
        let answer = history(&script, bob, #""user":1"#)
        #expect(answer.hasPrefix(#"{"type":"history","with":"Ada","user":1,"messages":[{"type":"private","seq":5,"#))
        #expect(answer.contains("Hush") && answer.contains(#""reactions":[{"emoji":"👍","users":[2]}]"#))
        #expect(
            script.send(ada, #"{"type":"private","id":"a-10","user":9,"text":"x"}"#).onlyErrorCode == "no-such-user")
    }

    @Test func aReplyIsToAMessageOfTheSamePlace() {
        var (script, ada, bob) = chat()
        func reply(_ id: String, to message: Int) -> String {
            #"{"type":"message","id":"\#(id)","room":"lobby","text":"Yes","re":\#(message)}"#
        }
        _ = script.send(bob, reply("b-1", to: 3))
        #expect(script.commit().first?.publishedText?.contains(#""text":"Yes","at":1767225600000,"re":3}"#) == true)
        for message in [2, 5, 99] {
            _ = script.send(bob, reply("b-2", to: message))
            #expect(script.commit().onlyErrorCode == "no-such-message", "\(message)")
        }
        _ = script.send(bob, #"{"type":"private","id":"b-3","to":"Ada","text":"Yes","re":5}"#)
        #expect(script.commit().sent(to: ada).joined().contains(#""re":5"#))
        // The sender may not know of the deletion yet. A repeated reply is acknowledged as ever.
        _ = script.send(ada, delete("a-9", 4))
        _ = script.send(bob, reply("b-4", to: 4))
        #expect(script.commit().first?.publishedText?.contains(#""re":4"#) == true)
        _ = script.send(bob, reply("b-1", to: 3))
        #expect(script.commit() == [.sends(bob, #"{"type":"ack","id":"b-1","seq":6}"#)])
    }

    // MARK: mentions

    @Test func theLongestKnownNameIsMentioned() {
        var script = ScriptedChat(ChatSettings(rate: 0))
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        _ = script.connect(2, as: "Bob Marley")
        _ = script.connect(3, as: "李雷")
        var number = 0
        func mentions(_ text: String) -> String {
            number += 1
            _ = script.send(ada, #"{"type":"message","id":"m\#(number)","room":"lobby","text":"\#(text)"}"#)
            let event = script.commit().first?.publishedText ?? ""
            return event.split(separator: #""at":"#).last.map { String($0.dropFirst(13).dropLast()) } ?? ""
        }
        #expect(mentions("Hello @bob, look") == #","mentions":[2]"#)
        #expect(mentions("Hello @BOB marley!") == #","mentions":[3]"#)
        #expect(mentions("@Bob @Ada @bob") == #","mentions":[2,1]"#)
        #expect(mentions("@李雷你好") == #","mentions":[4]"#)
        #expect(mentions("@here") == #","here":true"#)
        #expect(mentions("(@Bob)") == #","mentions":[2]"#)
        for text in ["@Bobby", "mail@bob", "@ Bob", "@", "@heretic", "Bob"] {
            #expect(mentions(text) == "", "\(text)")
        }
        // As the page shows code.
        for text in ["`@Bob`", "``@Bob``", "`` ` @Bob``", "```@Bob```", #"```\n@Bob\n```"#, "`a` `@Bob`"] {
            #expect(mentions(text) == "", "\(text)")
        }
        for text in ["`@Bob", "it`s @Bob", #"it`s\n@Bob isn`t"#, "`a` @Bob `b`", "``a` @Bob", #"```\n@Bob"#] {
            #expect(mentions(text) == #","mentions":[2]"#, "\(text)")
        }
        // Each look-up takes time, so a text has few of them.
        #expect(mentions(String(repeating: "@", count: ChatLimits.mentions - 1) + "@Bob") == #","mentions":[2]"#)
        #expect(mentions(String(repeating: "@", count: ChatLimits.mentions) + "@Bob") == "")
        // An edit mentions nobody anew.
        #expect(
            script.send(ada, edit("a-9", 5, "@Bob")).first?.publishedText?.contains("mentions") == false)
    }
}

extension Action {
    fileprivate var publishedText: String? {
        if case .publish(_, let json) = self { String(decoding: json, as: UTF8.self) } else { nil }
    }
}
