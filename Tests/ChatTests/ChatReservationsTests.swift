// How long names stay reserved: Chat+Reservations.swift as scripts of inputs and actions.

import Model
import Testing

@testable import Chat

@Suite struct ChatReservationsTests {
    @Test func theNumberOfNamesIsLimited() throws {
        var script = ScriptedChat()
        script.chat.users.limit = 1
        let token = try givenToken(script.send(script.connect(0), #"{"type":"hello","name":"Ada"}"#))
        let bob = script.connect(1)
        let actions = script.send(bob, #"{"type":"hello","name":"Bob"}"#)
        #expect(actions.first == .report(.namesFull(count: 1)))
        #expect(Array(actions.dropFirst()).onlyErrorCode == "try-again")
        // A user with a name signs in.
        #expect(script.send(bob, #"{"type":"hello","token":"\#(token)"}"#).sent(to: bob).count > 1)
    }

    @Test func aConfirmedNameStaysReserved() throws {
        var script = ScriptedChat()
        let ada = script.connect(0)
        let token = try givenToken(script.send(ada, #"{"type":"hello","name":"Ada"}"#))
        _ = script.send(ada, #"{"type":"rooms"}"#)
        _ = script.disconnect(ada)
        let other = script.connect(1)
        #expect(script.send(other, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "name-taken")
        let back = script.connect(2)
        _ = script.send(back, #"{"type":"hello","token":"\#(token)"}"#)
        #expect(script.chat.figures.users == 1)
        // A hello with the token confirms the name, too. The name stays reserved after a restart.
        _ = script.disconnect(back)
        var next = ScriptedChat(ledger: script.ledger)
        let again = next.connect(0)
        #expect(next.send(again, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "name-taken")
        let answer = next.send(again, #"{"type":"hello","token":"\#(token)"}"#).sent(to: again)
        #expect(answer.first?.hasPrefix(#"{"type":"welcome","name":"Ada","user":1,"ledger""#) == true)
    }

    @Test func anUnconfirmedNameIsReleased() throws {
        var script = ScriptedChat()
        let ada = script.connect(0)
        let token = try givenToken(script.send(ada, #"{"type":"hello","name":"Ada"}"#))
        _ = script.disconnect(ada)
        let other = script.connect(1)
        #expect(try givenToken(script.send(other, #"{"type":"hello","name":"Ada","token":"\#(token)"}"#)) != token)
        // Also where the session ends before the ledger has stored the name.
        script.isHeld = true
        let bob = script.connect(2)
        _ = script.send(bob, #"{"type":"hello","name":"Bob"}"#)
        _ = script.disconnect(bob)
        _ = script.commit()
        _ = script.commit()
        let next = script.connect(2, generation: 2)
        #expect(script.send(next, #"{"type":"hello","name":"Bob"}"#) == [])
    }

    @Test func reservationsEnd() throws {
        var script = ScriptedChat(ChatSettings(nameDays: 2, graceSeconds: 0))
        let ada = script.connect(0)
        let token = try givenToken(script.send(ada, #"{"type":"hello","name":"Ada"}"#))
        _ = script.send(ada, #"{"type":"rooms"}"#)
        let day: Int64 = 86_400_000
        #expect(script.tick(after: 3 * day) == [])
        _ = script.disconnect(ada)
        // The stored time may be a day old.
        _ = script.tick(after: 3 * day)
        let other = script.connect(1)
        #expect(script.send(other, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "name-taken")
        _ = script.tick(after: 1)
        let next = script.connect(2)
        #expect(try givenToken(script.send(next, #"{"type":"hello","name":"Ada"}"#)) != token)
    }

    @Test func aJumpOfTheClockReleasesNoName() {
        var script = ScriptedChat(ChatSettings(nameDays: 2, graceSeconds: 0))
        let (ada, bob) = (script.connect(0, as: "Ada"), script.connect(1, as: "Bob"))
        for session in [ada, bob] { _ = script.send(session, #"{"type":"rooms"}"#) }
        for _ in 0..<2 { _ = script.tick(after: ChatLimits.releaseDelay) }
        _ = script.disconnect(ada)
        let before = script.ledger.users.map(\.seen)
        let year: Int64 = 31_536_000_000
        #expect(script.jump(by: year, isClockSettled: false) == [])
        #expect(script.jump(by: -year, isClockSettled: true) == [])
        #expect(script.ledger.users.map(\.seen) == before)
        let other = script.connect(2)
        #expect(script.send(other, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "name-taken")
        // Once it is believed, it counts; and once it goes back, a later time is not kept.
        _ = script.jump(by: year, isClockSettled: true)
        #expect(script.ledger.users.map(\.name) == ["Bob"])
        _ = script.jump(by: -year, isClockSettled: true)
        #expect(script.ledger.users.map(\.seen) == [script.now.wall])
    }

    @Test func aReleaseIsAppendedOnce() {
        var script = ScriptedChat(ChatSettings(nameDays: 1, graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"rooms"}"#)
        _ = script.disconnect(ada)
        script.isHeld = true
        for _ in 0..<4 { _ = script.tick(after: 86_400_001) }
        #expect(script.appended.map(\.entry) == [.release(UserID(1))])
        let back = script.connect(0, generation: 2)
        let hello = #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#
        #expect(script.send(back, hello).onlyErrorCode == "try-again")
        #expect(script.refuse() == [])
        #expect(script.send(back, hello).sent(to: back).count == 3)
    }

    @Test func signingInWithATokenConfirmsTheName() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        let phone = script.connect(1)
        _ = script.send(phone, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#)
        _ = script.disconnect(ada)
        _ = script.disconnect(phone)
        let other = script.connect(2)
        #expect(script.send(other, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "name-taken")
    }

    @Test func namesAreNotReleasedInTheFirstHour() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"rooms"}"#)
        var next = ScriptedChat(ledger: script.ledger)
        next.now.wall += 32 * 86_400_000
        _ = next.tick(after: 1_000)
        _ = next.tick(after: 3_599_999)
        #expect(next.ledger.seq == 1)
        _ = next.tick(after: 1)
        #expect(next.ledger.log.last?.entry == .release(UserID(1)))
    }

    @Test func aRefusedSeenEntryIsAppendedAgain() {
        var script = ScriptedChat()
        _ = script.connect(0, as: "Ada")
        script.isHeld = true
        _ = script.tick(after: 86_400_000)
        #expect(script.appended.count == 1)
        _ = script.refuse()
        _ = script.tick(after: 1_000)
        #expect(script.appended.map(\.entry) == [.seen(UserID(1), at: script.now.wall)])
    }

    /// The refusal of the first entry comes after the second one was appended.
    @Test func aRefusedSeenEntryDoesNotUndoALaterOne() {
        var script = ScriptedChat()
        _ = script.connect(0, as: "Ada")
        script.isHeld = true
        _ = script.tick(after: 86_400_000)
        let first = script.appended[0].entry
        _ = script.tick(after: 86_400_000)
        let second = script.now.wall
        var actions: [Action] = []
        script.chat.refuse(first, from: nil, into: &actions)
        #expect(script.chat.users[0].seen == second)
    }

    /// A connection may last longer than a reservation.
    @Test func connectedUsersAreRecordedAsSeen() {
        var script = ScriptedChat(ChatSettings(nameDays: 1))
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"rooms"}"#)
        for _ in 0..<4 { _ = script.tick(after: 86_400_000) }
        #expect(script.ledger.users[0].seen == script.now.wall)
        var next = ScriptedChat(ChatSettings(nameDays: 1), ledger: script.ledger)
        next.now = script.now
        #expect(next.tick(after: 2 * 86_400_000) == [] && next.ledger.seq == script.ledger.seq)
    }

    @Test func aUserIsRecordedAsSeenOnceADay() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"rooms"}"#)
        let token = #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#
        for slot in 1...5 as ClosedRange<UInt32> { _ = script.send(script.connect(slot), token) }
        #expect(script.ledger.seq == 1)
        script.now.wall += 86_400_000
        for slot in 6...9 as ClosedRange<UInt32> { _ = script.send(script.connect(slot), token) }
        #expect(script.ledger.log.last?.entry == .seen(UserID(1), at: script.now.wall))
        #expect(script.ledger.seq == 2)
    }
}
