// Catching up: Chat+CatchUp.swift and Chat+Newcomers.swift as scripts of inputs and actions.

import Model
import Testing

@testable import Chat

@Suite struct ChatCatchUpTests {
    private let back = #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67","since":"#

    /// Ada, who is user 1, has sent this many messages, with the sequence numbers 2 and up.
    private func chat(_ messages: Int, recent: Int = ChatLimits.recentMessages) -> ScriptedChat {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        for number in 0..<messages {
            _ = script.send(ada, #"{"type":"message","id":"m\#(number)","room":"lobby","text":"Hello"}"#)
        }
        _ = script.commit()
        return ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0), ledger: script.ledger, recent: recent)
    }

    private func seqs(_ texts: [String]) -> [Int] {
        texts.flatMap { $0.components(of: #""seq":"#).compactMap { Int($0.prefix { $0.isNumber }) } }
    }

    @Test(arguments: [ChatLimits.recentMessages, 50, 7, 1])
    func newcomersGetTheNewestFifty(recent: Int) {
        for count in [0, 1, 49, 50, 51, 60] {
            var script = chat(count, recent: recent)
            let bob = script.connect(0)
            let sent = script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob)
            #expect(sent.count == 3)
            #expect(seqs([sent[2]]) == Array((2..<2 + count).suffix(50)))
            #expect(sent[2].hasSuffix(#""more":\#(count > 50)}"#))
        }
    }

    /// A message that is sent during the read comes once, in order.
    @Test func newcomersWaitUntilTheHistoryIsRead() {
        var script = chat(60, recent: 5)
        script.isHeld = true
        let (ada, bob) = (script.connect(0), script.connect(1))
        _ = script.send(ada, back + "61}")
        #expect(script.asked.count == 0)
        _ = script.send(bob, #"{"type":"hello","name":"Bob"}"#)
        #expect(script.commit().sent(to: bob).count == 1)
        _ = script.send(ada, #"{"type":"message","id":"x","room":"lobby","text":"Hello"}"#)
        #expect(script.commit().count == 1)
        let eve = script.connect(2)
        _ = script.send(eve, #"{"type":"hello","name":"Eve"}"#)
        _ = script.commit()
        #expect(script.asked.count == 1)
        _ = script.disconnect(eve)
        let actions = script.answer()
        #expect(seqs(actions.sent(to: bob)) == Array(13...61) + [63])
        #expect(actions.sent(to: eve) == [])
        #expect(actions.filter { $0 == .subscribe(bob, lobby) }.count == 1)
    }

    @Test func aFailedReadShowsWhatIsInMemory() {
        var script = chat(60, recent: 5)
        script.isHeld = true
        let bob = script.connect(1)
        _ = script.send(bob, #"{"type":"hello","name":"Bob"}"#)
        _ = script.commit()
        let sent = script.answer(.failed("")).sent(to: bob)
        #expect(seqs([sent[1]]) == Array(57...61))
        #expect(sent[1].hasSuffix(#""more":true}"#))
        // The next newcomer causes another query.
        let eve = script.connect(2)
        _ = script.send(eve, #"{"type":"hello","name":"Eve"}"#)
        _ = script.commit()
        #expect(seqs(script.answer().sent(to: eve).suffix(1)).count == 50)
    }

    @Test(arguments: [ChatLimits.recentMessages, 7, 1])
    func aReturningClientGetsExactlyWhatItMissed(recent: Int) {
        for since in [1, 2, 30, 54, 55, 60, 61] {
            var script = chat(60, recent: recent)
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
        var script = chat(0)
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

    @Test func leavingAndJoiningDuringTheReadGivesOneHistory() {
        var script = chat(60, recent: 5)
        script.isHeld = true
        let session = script.connect(9)
        _ = script.send(session, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#)
        _ = script.send(session, #"{"type":"leave","room":"lobby"}"#)
        _ = script.send(session, #"{"type":"join","room":"lobby"}"#)
        #expect(script.asked.count == 1)
        #expect(script.answer().sent(to: session).count == 2)
    }

    @Test func deletedMessagesAreNotMore() {
        var script = chat(60)
        script.forget(upTo: 55)
        let bob = script.connect(1)
        let history = script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob)[2]
        #expect(seqs([history]) == Array(56...61) && history.hasSuffix(#""more":false}"#))
    }

    /// The client must know which rooms are missing in what follows.
    @Test func aReturningClientGetsRefusalsFirst() {
        var script = chat(60, recent: 1)
        script.isHeld = true
        let session = script.connect(9)
        let first = script.send(session, back + #"50,"rooms":["attic","lobby"]}"#).sent(to: session)
        #expect(first.count == 2 && first[1].hasPrefix(#"{"type":"error","code":"no-such-room","room":"attic""#))
        let sent = (script.answer() + script.drained(session)).sent(to: session)
        #expect(seqs(Array(sent.dropLast())) == Array(51...61))
    }

    /// Live events of the other room would have higher numbers than what is still missing.
    @Test func aJoinDuringCatchUpWaitsForItsEnd() {
        var script = chat(60, recent: 1)
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
        var script = chat(60, recent: 1)
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

    /// Also where texts are six times as long in JSON. Otherwise the outbox of each newcomer would overflow.
    @Test func newcomersGetAsMuchAsTheyRead() throws {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0)
        let rooms = (1...16).map { "r\($0)" }
        let list = rooms.map { "\"\($0)\"" }.joined(separator: ",")
        let hello = #"{"type":"hello","name":"Ada","rooms":[\#(list)],"create":true}"#
        _ = script.send(ada, hello)
        let text = String(repeating: #"\u0001"#, count: 8_192)
        for room in rooms {
            _ = script.send(ada, #"{"type":"message","id":"\#(room)","room":"\#(room)","text":"\#(text)"}"#)
        }
        _ = script.commit()
        let bob = script.connect(1)
        var parts = [script.send(bob, #"{"type":"hello","name":"Bob","rooms":[\#(list)]}"#)]
        // A planned restart in between changes nothing.
        #expect(try script.handOver().contains(.awaitDrain(bob)))
        while parts.count < 20, parts.last?.contains(.awaitDrain(bob)) == true { parts.append(script.drained(bob)) }
        #expect(parts.count == 17)
        #expect(parts.allSatisfy { $0.sent(to: bob).reduce(0) { $0 + $1.utf8.count } <= ChatLimits.pageBytes })
        let sentToBob: [String] = parts.flatMap { $0.sent(to: bob) }
        #expect(seqs(sentToBob.filter { $0.contains("history") }) == Array(2...17))
        // Rooms that are joined later wait in the same way, and gaps are still marked.
        _ = script.send(bob, #"{"type":"leave","room":"r1"}"#)
        _ = script.send(bob, #"{"type":"leave","room":"r2"}"#)
        #expect(script.send(bob, #"{"type":"join","room":"r1"}"#).sent(to: bob).count == 2)
        #expect(script.send(bob, #"{"type":"join","room":"r2"}"#).sent(to: bob).count == 0)
        #expect(script.drained(bob).sent(to: bob).count == 2)
        let back = script.connect(2)
        let gap = #"{"type":"hello","name":"Eve","rooms":[\#(list)],"since":1,"ledger":"0"}"#
        var sent = script.send(back, gap).sent(to: back)
        for _ in 1...16 { sent += script.drained(back).sent(to: back) }
        #expect(sent.filter { $0.hasSuffix(#""gap":true}"#) }.count == 17)
    }

    /// A room that is little used makes room for others, and its newcomers get the same.
    @Test func anEvictedHistoryIsReadAgain() {
        var script = chat(60)
        for _ in 1...2 { script.chat.rooms[lobby].history.evict() }
        let bob = script.connect(0)
        let sent = script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob)
        #expect(seqs([sent[2]]) == Array(12...61) && sent[2].hasSuffix(#""more":true}"#))
    }

    @Test func missedDeletionsCountLikeMessages() {
        var script = chat(1_000)
        for seq in 2...1_001 { _ = script.order(.delete(UInt64(seq))) }
        let session = script.connect(9)
        var pieces = [script.send(session, back + "1001}")]
        while pieces.last?.last == .awaitDrain(session) { pieces.append(script.drained(session)) }
        #expect(pieces.allSatisfy { $0.sent(to: session).reduce(0) { $0 + $1.utf8.count } < 66_000 })
        let sent: [String] = pieces.flatMap { $0.sent(to: session) }
        #expect(sent.filter { $0.contains("deleted") }.count == 1_000)
    }

    /// Otherwise the outbox of a newcomer to many rooms would overflow each time.
    @Test func allRoomsShareOnePage() {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        let text = String(repeating: "x", count: 2_000)
        let rooms = (1...16).map { "r\($0)" }
        for room in rooms {
            _ = script.send(ada, #"{"type":"join","room":"\#(room)","create":true}"#)
            for number in 0..<20 {
                _ = script.send(
                    ada, #"{"type":"message","id":"\#(room)-\#(number)","room":"\#(room)","text":"\#(text)"}"#)
            }
            _ = script.commit()
            if room == "r15" { _ = script.send(ada, #"{"type":"leave","room":"lobby"}"#) }
        }
        let bob = script.connect(1)
        let list = rooms.map { "\"\($0)\"" }.joined(separator: ",")
        let sent = script.send(bob, #"{"type":"hello","name":"Bob","rooms":[\#(list)]}"#).sent(to: bob)
        #expect(sent.count == 33 && sent.reduce(0) { $0 + $1.utf8.count } < ChatLimits.pageBytes + 16 * 300)
        #expect(
            sent.filter { $0.contains("history") }.allSatisfy {
                seqs([$0]).count == 1 && $0.hasSuffix(#""more":true}"#)
            })
        // One room alone fills a frame.
        let eve = script.connect(2)
        let history = script.send(eve, #"{"type":"hello","name":"Eve","rooms":["r1"]}"#).sent(to: eve)[2]
        #expect(seqs([history]).count == 7)
    }

    @Test(arguments: [(62, ""), (30, #","ledger":"00000000""#), (4, "")])
    func anUnknownPositionIsAGap(since: Int, more: String) {
        var script = chat(60)
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
        var script = chat(60, recent: 1)
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
        var script = chat(60)
        script.forget(upTo: 5)
        let session = script.connect(9)
        let sent = script.send(session, back + "5}").sent(to: session)
        #expect(seqs(Array(sent.dropFirst())) == Array(6...61))
    }

    @Test func tooManyMissedMessagesAreAGap() {
        var script = chat(60, recent: 1)
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
            var script = chat(60, recent: 1)
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
        var script = chat(1)
        let session = script.connect(9)
        let sent = script.send(session, back + #"2,"rooms":["attic","lobby"],"create":true}"#).sent(to: session)
        #expect(sent.dropFirst().map { $0.prefix(32) }.count == 2)
        #expect(sent[1] == #"{"type":"joined","room":"attic","users":1}"#)
    }
}

extension String {
    /// The text after each occurrence of a separator.
    fileprivate func components(of separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            rest = rest[range.upperBound...]
            parts.append(rest)
        }
        return parts
    }
}
