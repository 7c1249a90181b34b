// What a newcomer to a room gets: Chat+Newcomers.swift as scripts of inputs and actions.

import Testing

@testable import Chat

@Suite struct ChatNewcomersTests {
    @Test(arguments: [ChatLimits.recentMessages, 50, 7, 1])
    func newcomersGetTheNewestFifty(recent: Int) {
        for count in [0, 1, 49, 50, 51, 60] {
            var script = ScriptedChat(messages: count, recent: recent)
            let bob = script.connect(0)
            let sent = script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob)
            #expect(sent.count == 3)
            #expect(seqs([sent[2]]) == Array((2..<2 + count).suffix(50)))
            #expect(sent[2].hasSuffix(#""more":\#(count > 50)}"#))
        }
    }

    /// A message that is sent during the read comes once, in order.
    @Test func newcomersWaitUntilTheHistoryIsRead() {
        var script = ScriptedChat(messages: 60, recent: 5)
        script.isHeld = true
        let (ada, bob) = (script.connect(0), script.connect(1))
        _ = script.send(ada, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67","since":61}"#)
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
        var script = ScriptedChat(messages: 60, recent: 5)
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

    @Test func leavingAndJoiningDuringTheReadGivesOneHistory() {
        var script = ScriptedChat(messages: 60, recent: 5)
        script.isHeld = true
        let session = script.connect(9)
        _ = script.send(session, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#)
        _ = script.send(session, #"{"type":"leave","room":"lobby"}"#)
        _ = script.send(session, #"{"type":"join","room":"lobby"}"#)
        #expect(script.asked.count == 1)
        #expect(script.answer().sent(to: session).count == 2)
    }

    @Test func deletedMessagesAreNotMore() {
        var script = ScriptedChat(messages: 60)
        script.forget(upTo: 55)
        let bob = script.connect(1)
        let history = script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob)[2]
        #expect(seqs([history]) == Array(56...61) && history.hasSuffix(#""more":false}"#))
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
        var script = ScriptedChat(messages: 60)
        for _ in 1...2 { script.chat.rooms[lobby].history.evict() }
        let bob = script.connect(0)
        let sent = script.send(bob, #"{"type":"hello","name":"Bob"}"#).sent(to: bob)
        #expect(seqs([sent[2]]) == Array(12...61) && sent[2].hasSuffix(#""more":true}"#))
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
}
