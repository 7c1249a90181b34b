// Planned restarts: Chat+State.swift.

import Model
import Primitives
import StateCoding
import Testing

@testable import Chat

@Suite struct ChatStateTests {
    /// Ada and Bob in the lobby.
    private func lobbyOfTwo(_ settings: ChatSettings = ChatSettings()) -> (ScriptedChat, SessionID, SessionID) {
        var script = ScriptedChat(settings)
        let (ada, bob) = (script.connect(0, as: "Ada"), script.connect(1, as: "Bob"))
        return (script, ada, bob)
    }

    @Test func aPlannedRestartIsInvisible() throws {
        var (script, ada, bob) = lobbyOfTwo()
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        let actions = try script.handOver()
        #expect(actions.allSatisfy { if case .subscribe = $0 { true } else { false } } && actions.count == 3)
        #expect(
            script.send(bob, #"{"type":"who","room":"lobby"}"#).sent(to: bob) == [
                #"{"type":"who","room":"lobby","names":["Ada","Bob"],"ids":[1,2],"users":2,"more":0}"#
            ])
        _ = script.send(bob, #"{"type":"message","id":"1","room":"lobby","text":"Hello"}"#)
        #expect(script.commit() == [.publishes(lobby, message(3, "1", from: "Bob"))])
        #expect(
            script.send(ada, #"{"type":"leave","room":"attic"}"#).sent(to: ada) == [#"{"type":"left","room":"attic"}"#])
        #expect(
            script.send(bob, #"{"type":"rooms"}"#).sent(to: bob) == [
                #"{"type":"rooms","rooms":[{"room":"lobby","users":2}],"more":0}"#
            ])
    }

    @Test func rateLimitsAndDeadlinesContinue() throws {
        var script = ScriptedChat(ChatSettings(rate: 1, burst: 2))
        let ada = script.connect(0, as: "Ada")
        let silent = script.connect(1)
        _ = script.send(ada, #"{"type":"rooms"}"#)
        _ = script.tick(after: 500)
        _ = try script.handOver()
        #expect(script.send(ada, #"{"type":"rooms"}"#).onlyErrorCode == "rate-limited")
        #expect(script.tick(after: 9_400).isEmpty)
        #expect(script.tick(after: 100) == [.close(silent, .helloTimeout)])
    }

    @Test func aConnectionThatBreaksDuringTheRestartBeginsAGracePeriod() throws {
        var (script, ada, bob) = lobbyOfTwo(ChatSettings(graceSeconds: 10))
        _ = try script.handOver(lost: [1])
        #expect(script.tick(after: 9_900).isEmpty)
        #expect(script.tick(after: 200).contains { if case .publish(lobby, _) = $0 { true } else { false } })
        _ = (ada, bob)
    }

    @Test func aUserWithAnotherSessionStays() throws {
        var (script, ada, _) = lobbyOfTwo(ChatSettings(graceSeconds: 10))
        let desk = script.connect(2)
        let token = "910a2dec89025cc1beeb8da1658eec67"
        #expect(
            script.send(desk, #"{"type":"hello","token":"\#(token)"}"#).sent(to: desk)[0].contains(#""name":"Ada""#))
        _ = try script.handOver(lost: [2])
        for _ in 0..<3 { #expect(script.tick(after: 10_000).isEmpty) }
        #expect(script.send(ada, #"{"type":"who","room":"lobby"}"#).sent(to: ada)[0].contains(#"["Ada","Bob"]"#))
    }

    @Test func aGracePeriodContinues() throws {
        var (script, ada, bob) = lobbyOfTwo(ChatSettings(graceSeconds: 10))
        _ = script.send(bob, #"{"type":"join","room":"attic","create":true}"#)
        _ = script.disconnect(bob)
        _ = script.tick(after: 6_000)
        _ = try script.handOver()
        #expect(script.send(ada, #"{"type":"rooms"}"#).sent(to: ada)[0].contains("attic"))
        #expect(script.tick(after: 3_900).isEmpty)
        let left = script.tick(after: 100)
        #expect(
            left.contains {
                if case .publish(lobby, let json) = $0 {
                    String(decoding: json, as: UTF8.self).contains(#""left""#)
                } else {
                    false
                }
            })
        #expect(left.contains(.report(.roomClosed("attic"))))
    }

    /// The successor asks again what the ledger had not answered.
    @Test func unansweredQueriesAreAskedAgain() throws {
        var (script, ada, bob) = lobbyOfTwo()
        for id in ["m1", "m2"] {
            _ = script.send(ada, #"{"type":"message","id":"\#(id)","room":"lobby","text":"Hello"}"#)
        }
        _ = script.commit()
        let commands = [
            (ada, #"{"type":"search","text":"hello","room":"lobby","before":4,"limit":1}"#),
            (bob, #"{"type":"history","with":"Ada"}"#), (ada, #"{"type":"search","text":"hello"}"#),
        ]
        let expected = commands.map { script.send($0, $1) }
        #expect(expected.allSatisfy { $0.count == 1 })
        script.isHeld = true
        for (session, command) in commands { #expect(script.send(session, command) == []) }
        #expect(script.chat.isSettled)
        _ = try script.handOver()
        #expect(script.asked.count == 3)
        for answer in expected { #expect(script.answer() == answer) }
        #expect(script.chat.reads.isEmpty)
    }

    /// What was asked is what is answered: also where the other user has another name by then, or the room was left.
    @Test func unansweredQueriesMeanWhatTheyMeantWhenTheyWereSent() throws {
        var (script, ada, bob) = lobbyOfTwo()
        _ = script.send(bob, #"{"type":"private","id":"p","to":"Ada","text":"Psst"}"#)
        _ = script.send(bob, #"{"type":"join","room":"side","create":true}"#)
        _ = script.send(bob, #"{"type":"message","id":"q","room":"side","text":"Psst aside"}"#)
        _ = script.commit()
        script.isHeld = true
        _ = script.send(bob, #"{"type":"history","with":"Ada"}"#)
        _ = script.send(bob, #"{"type":"search","with":"Ada","text":"psst"}"#)
        _ = script.send(bob, #"{"type":"search","room":"side","text":"psst"}"#)
        _ = script.send(ada, #"{"type":"rename","name":"Eve"}"#)
        _ = script.send(bob, #"{"type":"leave","room":"side"}"#)
        _ = script.commit()
        #expect(try script.handOver().sent(to: bob).isEmpty && script.asked.count == 3)
        let got = (0..<script.asked.count).flatMap { _ in script.answer().sent(to: bob) }
        #expect(got.count == 3 && got.allSatisfy { $0.contains("Psst") }, "\(got)")
    }

    @Test func unansweredQueriesOfALostConnectionAreForgotten() throws {
        var (script, _, bob) = lobbyOfTwo()
        script.isHeld = true
        _ = script.send(bob, #"{"type":"search","text":"hello"}"#)
        _ = try script.handOver(lost: [1])
        #expect(script.asked.isEmpty)
    }

    /// A newcomer gets its room's newest messages, and before them its newest private messages, though neither was read in time.
    @Test func aNewcomerWhoseHistoryIsReadGetsItAfterwards() throws {
        var (script, ada, bob) = lobbyOfTwo(ChatSettings(graceSeconds: 0))
        let token = "910a2dec89025cc1beeb8da1658eec67"
        _ = script.send(bob, #"{"type":"private","id":"p","to":"Ada","text":"Psst"}"#)
        _ = script.commit()
        _ = ada
        let desk = script.connect(2)
        script.isHeld = true
        _ = script.send(desk, #"{"type":"hello","token":"\#(token)"}"#)
        #expect(script.asked.count == 1)
        #expect(try script.handOver().contains(.awaitDrain(desk)))
        script.isHeld = false
        let got = script.drained(desk).sent(to: desk)
        #expect(got.count == 3 && got[0].contains("Psst") && got[1].contains("joined") && got[2] == emptyHistory)
    }

    @Test func aMemberThatWaitsForItsRoomGetsItAfterwards() throws {
        var first = ScriptedChat()
        let ada = first.connect(0, as: "Ada")
        for id in 0..<5 {
            _ = first.send(ada, #"{"type":"message","id":"\#(id)","room":"lobby","text":"Hello"}"#)
        }
        _ = first.commit()
        var script = ScriptedChat(ledger: first.ledger, recent: 2)
        script.isHeld = true
        let bob = script.connect(1)
        _ = script.send(bob, #"{"type":"hello","name":"Bob"}"#)
        _ = script.commit()
        #expect(script.asked.count == 1)
        #expect(try script.handOver().contains(.awaitDrain(bob)))
        script.isHeld = false
        let got = script.drained(bob).sent(to: bob)
        #expect(got.count == 2 && got[0].contains("joined") && got[1].contains(#""id":"0""#))
        #expect(script.chat.catchUps.isEmpty)
    }

    /// A restart does not confirm a name.
    @Test func unconfirmedNamesAreReleased() throws {
        var script = ScriptedChat(ChatSettings(graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        _ = try script.handOver()
        _ = script.disconnect(ada)
        #expect(script.connect(0, generation: 2, as: "Ada") != ada)
        #expect(script.chat.figures.users == 1)
    }

    @Test func aCatchUpContinues() throws {
        var (script, _, bob) = lobbyOfTwo()
        let token = String(
            try #require(
                script.send(script.connect(2), #"{"type":"hello","name":"Eve"}"#).sent(
                    to: SessionID(slot: 2, generation: 1)
                ).first
            )
            .split(separator: "\"")[13])
        _ = script.disconnect(SessionID(slot: 2, generation: 1))
        let text = String(repeating: "x", count: 8_000)
        for index in 0..<20 {
            _ = script.send(bob, #"{"type":"message","id":"\#(index)","room":"lobby","text":"\#(text)"}"#)
        }
        _ = script.commit()
        let eve = script.connect(2, generation: 3)
        var got = script.send(eve, #"{"type":"hello","token":"\#(token)","since":3}"#)
        #expect(got.last == .awaitDrain(eve))
        var rounds = 0
        while got.last == .awaitDrain(eve), rounds < 10 {
            rounds += 1
            let more = try script.handOver()
            #expect(more.last == .awaitDrain(eve) && more.sent(to: eve).isEmpty)
            got += script.drained(eve)
        }
        let seqs = got.sent(to: eve).filter { $0.hasPrefix(#"{"type":"message""#) }
        #expect(seqs.count == 20 && Set(seqs).count == 20 && rounds > 1)
        #expect(got.sent(to: eve).last == #"{"type":"joined","room":"lobby","users":3}"#)
    }

    /// A damaged state is an error, or a chat that works.
    @Test func damagedStatesNeverTrap() {
        var random = SeededRandom(seed: 11)
        var refused = 0
        for _ in 0..<600 {
            var (script, ada, bob) = lobbyOfTwo()
            _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
            _ = script.disconnect(bob)
            do {
                _ = try script.handOver { bytes in
                    let place = Int.random(in: bytes.indices, using: &random)
                    if Bool.random(using: &random) {
                        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    } else {
                        bytes.removeSubrange(place...)
                    }
                }
                for _ in 0..<3 { _ = script.tick(after: 20_000) }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 200)
    }

    /// The chat would not know a session whose connection is open.
    @Test func aStateWithoutAnOpenSessionIsRefused() throws {
        var (script, ada, bob) = lobbyOfTwo()
        _ = script.disconnect(bob)
        #expect(throws: Never.self) { try script.handOver(open: [0]) }
        #expect(throws: StateError.self) { try script.handOver(open: [0, 1]) }
        _ = ada
    }

    /// The bytes that version 2 of the restart state has for this chat.
    @Test func theBytesAreThoseOfVersion2() throws {
        var (script, ada, bob) = lobbyOfTwo(ChatSettings(graceSeconds: 10))
        _ = script.crash(survivors: [ada, bob])
        let token = #""token":"910a2dec89025cc1beeb8da1658eec67""#
        _ = script.send(ada, #"{"type":"hello","again":1,\#(token),"since":2}"#)
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        let text = String(repeating: "x", count: 8_000)
        for index in 0..<20 {
            _ = script.send(ada, #"{"type":"message","id":"\#(index)","room":"lobby","text":"\#(text)"}"#)
        }
        _ = script.commit()
        let phone = script.connect(2, address: IPAddress(high: 0, low: 0xffff_c000_0207))
        #expect(script.send(phone, #"{"type":"hello",\#(token),"since":2}"#).last == .awaitDrain(phone))
        _ = script.connect(3)
        let eve = script.connect(4, as: "Eve")
        _ = script.tick(after: 3_000)
        _ = script.send(ada, #"{"type":"typing","room":"attic"}"#)
        _ = script.disconnect(eve)
        let version2: [UInt8] = [
            0x01, 0x80, 0xba, 0xb7, 0x03, 0x02, 0x05, 0x6c, 0x6f, 0x62, 0x62, 0x79, 0x06, 0x00, 0x05, 0x61, 0x74,
            0x74, 0x69, 0x63, 0x00, 0x01, 0x01, 0x17, 0x04, 0x00, 0x01, 0x01, 0xc0, 0x9a, 0x0c, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x02, 0x05, 0x6c, 0x6f, 0x62, 0x62, 0x79, 0x02, 0x00, 0x05, 0x61, 0x74, 0x74, 0x69, 0x63,
            0x02, 0xa0, 0x1f, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x02, 0x01,
            0x01, 0x00, 0x00, 0x00, 0x87, 0x84, 0x80, 0x80, 0xfc, 0xff, 0x3f, 0x00, 0x00, 0x01, 0x05, 0x6c, 0x6f,
            0x62, 0x62, 0x79, 0x00, 0x00, 0x01, 0x0b, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x00, 0x04, 0x00, 0xb0, 0x6d, 0x01, 0xb0, 0x6d, 0x02, 0xb0, 0x6d, 0x03, 0xb0, 0x6d, 0x02,
            0x02, 0x01, 0x05, 0x6c, 0x6f, 0x62, 0x62, 0x79, 0xb0, 0x6d, 0x17, 0x01, 0x05, 0x6c, 0x6f, 0x62, 0x62,
            0x79, 0xa0, 0x9c, 0x01,
        ]
        var written: [UInt8] = []
        #expect(try script.handOver { written = $0 }.last == .awaitDrain(phone))
        #expect(written == version2)
    }
}
