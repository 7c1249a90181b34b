// Catching up of a client that returns: Chat+CatchUp.swift as scripts of inputs and actions.

import Model
import Testing

@testable import Chat

@Suite struct ChatCatchUpTests {
    private let back = #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67","since":"#

    @Test(arguments: [ChatLimits.recentMessages, 7, 1])
    func aReturningClientGetsExactlyWhatItMissed(recent: Int) {
        for since in [1, 2, 30, 54, 55, 60, 61] {
            var script = ScriptedChat(messages: 60, recent: recent)
            let session = script.connect(9)
            var actions = script.send(session, back + "\(since)}")
            while actions.last == .awaitDrain(session) { actions += script.drained(session) }
            let sent = actions.sent(to: session)
            #expect(seqs(Array(sent.dropFirst())) == Array(since + 1..<62))
            #expect(sent.last == #"{"type":"joined","room":"lobby","users":1}"#)
            #expect(actions.dropLast().last == .subscribe(session, lobby))
        }
    }

    @Test(arguments: [ChatLimits.recentMessages, 1])
    func aReturningClientGetsOnlyItsRooms(recent: Int) {
        var script = ScriptedChat(messages: 0)
        let bob = script.connect(1, as: "Bob")
        _ = script.send(bob, #"{"type":"join","room":"attic","create":true}"#)
        for number in 0..<250 {
            let room = number % 2 == 0 ? "lobby" : "attic"
            _ = script.send(bob, #"{"type":"message","id":"b\#(number)","room":"\#(room)","text":"x"}"#)
        }
        _ = script.commit()
        var next = ScriptedChat(ledger: script.ledger, recent: recent)
        let session = next.connect(0)
        var actions = next.send(session, back + "2}")
        while actions.last == .awaitDrain(session) { actions += next.drained(session) }
        #expect(
            seqs(actions.sent(to: session).filter { $0.hasPrefix(#"{"type":"message""#) })
                == Array(stride(from: 3, to: 253, by: 2)))
    }

    /// The client must know which rooms are missing in what follows.
    @Test func aReturningClientGetsRefusalsFirst() {
        var script = ScriptedChat(messages: 60, recent: 1)
        script.isHeld = true
        let session = script.connect(9)
        let first = script.send(session, back + #"50,"rooms":["attic","lobby"]}"#).sent(to: session)
        #expect(first.count == 2 && first[1].hasPrefix(#"{"type":"error","code":"no-such-room","room":"attic""#))
        let sent = (script.answer() + script.drained(session)).sent(to: session)
        #expect(seqs(Array(sent.dropLast())) == Array(51...61))
    }

    /// Live events of the other room would have higher numbers than what is still missing.
    @Test func aJoinDuringCatchUpWaitsForItsEnd() {
        var script = ScriptedChat(messages: 60, recent: 1)
        script.isHeld = true
        let session = script.connect(9)
        _ = script.send(session, back + "50}")
        #expect(script.send(session, #"{"type":"join","room":"attic","create":true}"#).sent(to: session) == [])
        var actions = script.answer()
        actions += script.drained(session)
        #expect(seqs(actions.sent(to: session).filter { $0.hasPrefix(#"{"type":"message""#) }) == Array(51...61))
        #expect(script.asked.count == 1)
        #expect(script.answer().sent(to: session).first == #"{"type":"joined","room":"attic","users":1}"#)
    }

    @Test func newMessagesDuringCatchUpComeOnceAndInOrder() {
        var script = ScriptedChat(messages: 60, recent: 1)
        script.isHeld = true
        let (ada, bob) = (script.connect(0), script.connect(1))
        _ = script.send(bob, #"{"type":"hello","name":"Bob"}"#)
        _ = script.commit()
        _ = script.answer()
        var sent = script.send(ada, back + "50}").sent(to: ada)
        for number in 0..<3 {
            _ = script.send(bob, #"{"type":"message","id":"b\#(number)","room":"lobby","text":"x"}"#)
            #expect(script.commit().count == 1)
        }
        let actions = script.answer()
        #expect(actions.last == .awaitDrain(ada))
        sent += actions.sent(to: ada) + script.drained(ada).sent(to: ada)
        #expect(seqs(Array(sent.dropFirst())) == Array(51...61) + [63, 64, 65])
        #expect(sent.last?.hasPrefix(#"{"type":"joined""#) == true)
    }

    @Test func aLongCatchUpComesInParts() {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        let text = String(repeating: "x", count: 8_000)
        for number in 0..<40 {
            _ = script.send(ada, #"{"type":"message","id":"m\#(number)","room":"lobby","text":"\#(text)"}"#)
        }
        _ = script.commit()
        let session = script.connect(1)
        var pieces = [script.send(session, back + "1}")]
        while pieces.last?.last == .awaitDrain(session) { pieces.append(script.drained(session)) }
        #expect(pieces.count == 5)
        #expect(pieces.allSatisfy { $0.sent(to: session).reduce(0) { $0 + $1.utf8.count } < 82_000 })
        #expect(seqs(pieces.flatMap { $0.sent(to: session) }.filter { $0.contains("xxx") }) == Array(2...41))
        // A newcomer gets one frame that is soon there.
        let bob = script.connect(2)
        let history = script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob)[2]
        #expect(seqs([history]) == [40, 41] && history.hasSuffix(#""more":true}"#))
        // So are the pages, from memory and from the ledger, and what a search finds.
        for command in [#""history","room":"lobby""#, #""history","room":"lobby","before":7"#, #""search","text":"x""#]
        {
            let page = script.send(bob, #"{"type":\#(command),"limit":100}"#).sent(to: bob)[0]
            #expect(page.utf8.count < ChatLimits.frameBytes + 200 && page.hasSuffix(#""more":true}"#))
        }
    }

    @Test func missedDeletionsCountLikeMessages() {
        var script = ScriptedChat(messages: 1_000)
        for seq in 2...1_001 { _ = script.order(.delete(UInt64(seq))) }
        let session = script.connect(9)
        var pieces = [script.send(session, back + "1001}")]
        while pieces.last?.last == .awaitDrain(session) { pieces.append(script.drained(session)) }
        #expect(pieces.allSatisfy { $0.sent(to: session).reduce(0) { $0 + $1.utf8.count } < 66_000 })
        let sent: [String] = pieces.flatMap { $0.sent(to: session) }
        #expect(sent.filter { $0.contains("deleted") }.count == 1_000)
    }

    @Test(arguments: [(62, ""), (30, #","ledger":"00000000""#), (4, "")])
    func anUnknownPositionIsAGap(since: Int, more: String) {
        var script = ScriptedChat(messages: 60)
        script.forget(upTo: 5)
        let session = script.connect(9)
        let sent = script.send(session, back + "\(since)\(more)}").sent(to: session)
        #expect(sent.count == 4)
        // The client learns of the gap before it gets anything newer.
        #expect(sent[1] == #"{"type":"history","messages":[],"more":false,"gap":true}"#)
        #expect(seqs([sent[3]]) == Array(12...61))
        #expect(sent[3].hasSuffix(#""gap":true}"#))
    }

    /// Also where the ledger has no entries left.
    @Test(arguments: [true, false])
    func aPositionBelowTheRetentionFloorIsAGap(_ isOnTheWay: Bool) {
        var script = ScriptedChat(messages: 60, recent: 1)
        script.isHeld = true
        let session = script.connect(9)
        if !isOnTheWay { script.forget(upTo: 61) }
        var actions = script.send(session, back + "4}")
        if isOnTheWay {
            let question = script.asked[0].query
            let answer = script.ledger.answer(question)
            script.forget(upTo: 61)
            actions = script.answer(answer)
        }
        // The room's newest messages.
        actions += script.answer()
        #expect(actions.sent(to: session).last?.hasSuffix(#""messages":[],"more":false,"gap":true}"#) == true)
    }

    @Test func aPositionAtTheRetentionFloorIsNoGap() {
        var script = ScriptedChat(messages: 60)
        script.forget(upTo: 5)
        let session = script.connect(9)
        let sent = script.send(session, back + "5}").sent(to: session)
        #expect(seqs(Array(sent.dropFirst())) == Array(6...61))
    }

    @Test func tooManyMissedMessagesAreAGap() {
        var script = ScriptedChat(messages: 60, recent: 1)
        script.isHeld = true
        let session = script.connect(9)
        _ = script.send(session, back + "3}")
        #expect(
            script.asked[0].query
                == .missed(
                    UserID(1), rooms: ["lobby"], after: 3, upTo: 61, limit: 100, atMost: ChatLimits.missedMessages))
        #expect(script.answer(.tooMany).sent(to: session).map { $0.hasSuffix(#""gap":true}"#) } == [true])
        let sent = script.answer().sent(to: session)
        #expect(seqs([sent[1]]).count == 50 && sent[1].hasSuffix(#""gap":true}"#))
    }

    /// A session that leaves a room gets nothing more of it; one that disconnects gets nothing at all.
    @Test func leavingOrDisconnectingEndsACatchUp() {
        for isGone in [true, false] {
            var script = ScriptedChat(messages: 60, recent: 1)
            script.isHeld = true
            let session = script.connect(9)
            _ = script.send(session, back + "3}")
            if isGone {
                _ = script.disconnect(session)
                #expect(script.answer() == [] && script.drained(session) == [])
            } else {
                let left = script.send(session, #"{"type":"leave","room":"lobby"}"#)
                #expect(left.sent(to: session).count == 1 && !left.contains(.unsubscribe(session, lobby)))
                #expect(script.answer().sent(to: session) == [])
                #expect(script.drained(session) == [])
            }
            #expect(script.chat.catchUps.isEmpty)
        }
    }

    @Test func aReturningClientMakesRoomsAgain() {
        var script = ScriptedChat(messages: 1)
        let session = script.connect(9)
        let sent = script.send(session, back + #"2,"rooms":["attic","lobby"],"create":true}"#).sent(to: session)
        #expect(sent.dropFirst().map { $0.prefix(32) }.count == 2)
        #expect(sent[1] == #"{"type":"joined","room":"attic","users":1}"#)
    }
}
