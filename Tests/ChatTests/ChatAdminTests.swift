// Administrators' commands: Chat+Admin.swift as scripts of inputs and actions.

import Model
import Testing

@testable import Chat

@Suite struct ChatAdminTests {

    // MARK: kick

    @Test func aKickClosesAllSessionsAtOnce() {
        var (script, ada, bob) = pair()
        let actions = script.order(.kick(name: "ＢＯＢ", reason: "Enough"))
        #expect(
            actions.filter { if case .report = $0 { false } else { true } } == [
                .unsubscribe(bob, lobby),
                .publishes(lobby, system("left", "Bob", users: 1)),
                .close(bob, .kicked(reason: "Enough")), .adminResult(1, .done("Bob was removed.")),
            ])
        #expect(script.send(bob, say("b-1")) == [])
        #expect(script.send(ada, whisper("a-1", to: "Bob")) == [])
        #expect(script.commit().sent(to: bob) == [])
        #expect(script.disconnect(bob) == [])
        #expect(script.order(.kick(name: "Bob", reason: nil)) == [.adminResult(2, .refused("Bob is not connected."))])
        #expect(
            script.order(.kick(name: "Cleo", reason: nil)) == [.adminResult(3, .refused("Nobody has the name Cleo."))])
    }

    @Test func aKickedSessionGetsNothingMore() {
        var (script, ada, bob) = pair()
        for session in [bob, ada] { _ = script.send(session, say("m")) }
        script.isHeld = true
        _ = script.send(bob, #"{"type":"search","text":"hello"}"#)
        _ = script.send(bob, #"{"type":"rename","name":"Robert"}"#)
        _ = script.order(.kick(name: "Bob", reason: nil))
        #expect(script.answer().sent(to: bob) == [])
        #expect(script.commit().sent(to: bob) == [])
        script.isHeld = false
        _ = script.send(ada, say("m"))
        #expect(script.commit().sent(to: bob) == [])
    }

    // MARK: announcements

    @Test func everySessionGetsAnAnnouncementOnce() {
        var (script, ada, bob) = pair()
        let phone = script.connect(2)
        _ = script.send(phone, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67","rooms":[]}"#)
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        let stranger = script.connect(3)
        let actions = script.order(.announce("We \"stop\" at 12"))
        let event =
            #"{"type":"system","event":"announcement","seq":3,"text":"We \"stop\" at 12","at":1767225600000}"#
        for session in [ada, bob, phone] { #expect(actions.sent(to: session) == [event]) }
        #expect(actions.sent(to: stranger) == [])
        #expect(actions.last == .adminResult(1, .done("The announcement was sent to all users.")))
        // A newcomer does not get it, a returning client does.
        #expect(!script.send(stranger, #"{"type":"hello","name":"Cleo"}"#).sent(to: stranger).joined().contains("12"))
        let desk = script.connect(4)
        #expect(script.send(desk, back(since: 2)).sent(to: desk)[1] == event)
        #expect(script.order(.announce(" \n")) == [.adminResult(2, .refused("The announcement has no text."))])
        let long = String(repeating: "x", count: 8_193)
        #expect(
            script.order(.announce(long)) == [.adminResult(3, .refused("The announcement is longer than 8192 bytes."))])
    }

    /// The replay buffer is empty, and the rooms' histories have no announcements.
    @Test func aReturningClientGetsAnOldAnnouncement() {
        var (script, _, _) = pair()
        _ = script.order(.announce("Old"))
        var next = ScriptedChat(ledger: script.ledger, recent: 0)
        let ada = next.connect(0, as: "Cleo")
        _ = next.disconnect(ada)
        let desk = next.connect(0, generation: 2)
        #expect(next.send(desk, back(since: 2)).sent(to: desk)[1].contains(#""text":"Old""#))
    }

    @Test func aCatchUpHasAnnouncementsInOrder() throws {
        var (script, ada, _) = pair()
        for id in ["a-1", "a-2"] { _ = script.send(ada, say(id)) }
        _ = script.commit()
        var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger, recent: 0)
        next.isHeld = true
        let desk = next.connect(0)
        _ = next.send(desk, back(since: 2))
        _ = next.order(.announce("Now"))
        #expect(next.commit().sent(to: desk) == [])
        #expect(next.answer().sent(to: desk).count == 2)
        let rest = next.drained(desk).sent(to: desk)
        #expect(rest.first?.contains(#""seq":5,"text":"Now""#) == true && rest.count == 2)
    }

    // MARK: refusals

    @Test func impossibleCommandsAreRefused() {
        var (script, _, _) = pair()
        let long = String(repeating: "x", count: 257)
        let refusals: [(AdminCommand, String)] = [
            (.ban(.user("Eve"), until: nil, reason: nil), "Nobody has the name Eve."),
            (.ban(.name("\u{0}"), until: nil, reason: nil), "\u{0} is not a valid name."),
            (
                .ban(.name("Eve"), until: 1_767_225_600_000, reason: nil),
                "The time 2026-01-01T00:00:00Z is over already."
            ),
            (.mute(name: "Bob", until: nil, reason: long), "The reason is longer than 256 bytes."),
            (.kick(name: "Bob", reason: long), "The reason is longer than 256 bytes."),
            (.unban(.user("Bob")), "Bob is not banned."),
            (.delete(0), "There is no message 0: the newest number is 2."),
            (.delete(3), "There is no message 3: the newest number is 2."),
            (.delete(2), "The number 2 is not a message, or the message is deleted already."),
        ]
        for (number, (order, sentence)) in refusals.enumerated() {
            #expect(script.order(order) == [.adminResult(UInt64(number) + 1, .refused(sentence))])
        }
    }

    @Test func refusedEntriesHaveNoEffect() {
        var (script, _, bob) = pair()
        script.isHeld = true
        #expect(script.order(.ban(.user("Bob"), until: nil, reason: nil)) == [])
        #expect(script.order(.announce("Hello")) == [])
        let sentence = "The command could not be stored, and was not done. See “chatrelay status” and the journal."
        #expect(script.refuse() == [.adminResult(1, .refused(sentence)), .adminResult(2, .refused(sentence))])
        #expect(script.chat.sanctionList == [] && script.chat.adminCommands.isEmpty)
        #expect(script.send(bob, say("b-1")) == [])
    }

}

func say(_ id: String) -> String { #"{"type":"message","id":"\#(id)","room":"lobby","text":"Hello"}"# }

func whisper(_ id: String, to name: String) -> String {
    #"{"type":"private","id":"\#(id)","to":"\#(name)","text":"Psst"}"#
}

/// The hello of Ada's other device, which returns.
func back(since: Int) -> String {
    #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67","ledger":"1ed9e000","since":\#(since)}"#
}

private func system(_ event: String, _ name: String, users: Int) -> String {
    #"{"type":"system","event":"\#(event)","room":"lobby","name":"\#(name)","user":\#(name == "Ada" ? 1 : 2),"users":\#(users),"at":1767225600000}"#
}
