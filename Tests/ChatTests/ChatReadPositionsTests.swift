// How far users have read: Chat+ReadPositions.swift.

import Model
import Testing

@testable import Chat

@Suite struct ChatReadPositionsTests {
    private func read(_ seq: Int, _ place: String = #""room":"lobby""#) -> String {
        #"{"type":"read",\#(place),"seq":\#(seq)}"#
    }

    @Test func theUsersOwnSessionsGetTheNewestPositionOfASecond() {
        var (script, ada, bob) = pair()
        let phone = script.connect(2)
        _ = script.send(phone, #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#)
        for id in ["b-1", "b-2", "b-3"] { _ = script.send(bob, say(id)) }
        _ = script.commit()
        #expect(script.send(ada, read(3)) == [] && script.send(phone, read(5)) == [] && script.send(ada, read(4)) == [])
        let event = #"{"type":"read","seq":6,"room":"lobby","upto":5}"#
        #expect(script.tick(after: 1_000) == [.sends(ada, event), .sends(phone, event)])
        // It never goes back, and what is not newer is not stored.
        _ = script.send(phone, read(2))
        #expect(script.tick(after: 1_000) == [] && script.chat.newest == 6)
        // Nobody has read what is not there yet.
        _ = script.send(phone, read(99))
        #expect(script.tick(after: 1_000).first?.sentText == #"{"type":"read","seq":7,"room":"lobby","upto":6}"#)
        _ = script.send(ada, read(6, #""user":2"#))
        #expect(
            script.tick(after: 1_000).first?.sentText
                == #"{"type":"read","seq":8,"with":"Bob","user":2,"upto":6}"#)
    }

    @Test func aSessionGetsThePositionsThatItsClientDoesNotKnow() {
        var (script, ada, bob) = pair()
        _ = script.send(bob, say("b-1"))
        _ = script.commit()
        for place in [#""room":"lobby""#, #""with":"bob""#] {
            _ = script.send(ada, read(3, place))
            _ = script.tick(after: 1_000)
        }
        let all =
            #"{"type":"reads","positions":[{"room":"lobby","upto":3},{"with":"Bob","user":2,"upto":3}]}"#
        let newest = #"{"type":"reads","positions":[{"with":"Bob","user":2,"upto":3}]}"#
        // From memory, and from the ledger.
        var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger)
        for (slot, since, expected) in [(5, -1, all), (6, 4, newest), (7, 3, all), (8, 5, nil)]
            as [(UInt32, Int, String?)]
        {
            for isNext in [false, true] {
                let session = isNext ? next.connect(slot) : script.connect(slot)
                let hello =
                    since < 0 ? #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"# : back(since: since)
                let got = (isNext ? next.send(session, hello) : script.send(session, hello)).sent(to: session)
                #expect(got.first { $0.hasPrefix(#"{"type":"reads""#) } == expected, "\(since) \(isNext)")
            }
        }
        #expect(next.chat.newest == 5, "a number of a position is never given again")
        let eve = next.connect(9)
        #expect(!next.send(eve, #"{"type":"hello","name":"Eve"}"#).sent(to: eve).joined().contains("reads"))
    }

    @Test func aPositionIsRefused() {
        var (script, ada, _) = pair()
        #expect(script.send(ada, read(1, #""room":"attic""#)).onlyErrorCode == "not-in-room")
        #expect(script.send(ada, read(1, #""with":"Nobody""#)).onlyErrorCode == "no-such-user")
        #expect(script.send(ada, read(1, #""user":9"#)).onlyErrorCode == "no-such-user")
        #expect(script.send(ada, #"{"type":"read","seq":1}"#).onlyErrorCode == "missing-field")
        #expect(script.send(ada, #"{"type":"read","room":"lobby"}"#).onlyErrorCode == "missing-field")
    }
}
