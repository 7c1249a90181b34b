// Who is away, status lines, and when somebody was last seen: Chat+Presence.swift.

import Model
import Testing

@testable import Chat

@Suite struct ChatAwayTests {
    private let token = "910a2dec89025cc1beeb8da1658eec67"

    private func presence(_ fields: String) -> String { #"{"type":"presence",\#(fields)}"# }

    private func ada(away: Bool, status: String? = nil) -> String {
        let status = status.map { #","status":"\#($0)""# } ?? ""
        return #"{"type":"presence","user":1,"name":"Ada","away":\#(away)\#(status)}"#
    }

    private func members(_ presence: String = "") -> String {
        #"{"type":"who","room":"lobby","names":["Ada","Bob"],"ids":[1,2]\#(presence),"users":2,"more":0}"#
    }

    private let askLobby = #"{"type":"who","room":"lobby"}"#

    @Test func aUserIsAwayWhereAllItsSessionsAre() {
        var (script, desk, bob) = pair()
        let phone = script.connect(2)
        _ = script.send(phone, #"{"type":"hello","token":"\#(token)"}"#)
        // The answer says how the user is, and nobody is told while nothing changes.
        #expect(script.send(desk, presence(#""away":true"#)) == [.sends(desk, ada(away: false))])
        #expect(script.tick(after: 10_000) == [])
        #expect(script.send(phone, presence(#""away":true"#)) == [.sends(phone, ada(away: true))])
        #expect(script.send(bob, askLobby) == [.sends(bob, members())])
        #expect(script.tick(after: 5_000) == [.publishes(lobby, ada(away: true))])
        #expect(script.send(bob, askLobby) == [.sends(bob, members(#","away":[1]"#))])
        #expect(script.send(phone, presence(#""away":false"#)) == [.sends(phone, ada(away: false))])
        #expect(script.tick(after: 5_000) == [.publishes(lobby, ada(away: false))])
        // The other one is away: so is the user, when this one ends.
        _ = script.disconnect(phone)
        #expect(script.tick(after: 5_000) == [.publishes(lobby, ada(away: true))])
        #expect(script.send(desk, presence(#""away":true"#)) == [.sends(desk, ada(away: true))])
        #expect(script.tick(after: 5_000) == [])
    }

    /// However often a user changes, its rooms are told once in an interval.
    @Test func flappingIsNotPassedOn() {
        var (script, session, _) = pair()
        var told = 0
        for second in 0..<100 {
            for away in [true, false, true, false, second % 2 == 0] {
                _ = script.send(session, presence(#""away":\#(away)"#))
                _ = script.send(session, presence(#""status":"\#(second)\#(away)""#))
            }
            told += script.tick(after: 1_000).count
        }
        #expect((15...20).contains(told), "\(told)")
        #expect(script.chat.presenceChanges.pending.count <= 1)
    }

    /// After a crash many may be away: they are told one after the other.
    @Test func aTickTellsOfSomeUsers() {
        var script = ScriptedChat(ChatSettings(rate: 0))
        let count = ChatLimits.presencesOfTick + 50
        for index in 0..<count {
            let session = script.connect(UInt32(index))
            _ = script.send(session, #"{"type":"hello","rooms":[],"away":true}"#)
            _ = script.send(session, presence(#""status":"x""#))
        }
        #expect(script.tick(after: 1_000).count == ChatLimits.presencesOfTick)
        #expect(script.tick(after: 1_000).count == 50)
    }

    @Test func largeRoomsAreNotTold() {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        var others: [SessionID] = []
        for index in 1...ChatLimits.announcedUsers { others.append(script.connect(UInt32(index), as: "Name \(index)")) }
        _ = script.tick(after: 10_000)
        _ = script.send(ada, presence(#""away":true"#))
        #expect(script.tick(after: 1_000) == [.sends(ada, self.ada(away: true))], "only the user itself")
        #expect(script.send(ada, askLobby).sent(to: ada)[0].contains(#""away":[1]"#))
        _ = script.disconnect(others[0])
        _ = script.send(ada, presence(#""away":false"#))
        #expect(script.tick(after: 10_000).contains(.publishes(lobby, self.ada(away: false))))
    }

    @Test func aStatusIsStoredAndTold() throws {
        var (script, session, bob) = pair()
        let set = script.send(session, presence(#""status":"  In Paris 🥐 ""#))
        #expect(set == [.sends(session, ada(away: false, status: "In Paris 🥐"))])
        #expect(script.tick(after: 1_000) == [.publishes(lobby, ada(away: false, status: "In Paris 🥐"))])
        #expect(
            script.send(bob, askLobby)
                == [.sends(bob, members(#","statuses":[{"user":1,"status":"In Paris 🥐"}]"#))])
        // The same once more, as after a crash: an answer, and nothing else.
        #expect(script.send(session, presence(#""status":"In Paris 🥐""#)).count == 1)
        #expect(script.tick(after: 10_000) == [])
        // A later process knows it, and whoever joins brings it.
        var next = ScriptedChat(ChatSettings(rate: 0), seed: 7, ledger: script.ledger)
        let eve = next.connect(0, as: "Eve")
        let desk = next.connect(1)
        let back = next.send(desk, #"{"type":"hello","token":"\#(token)","away":true}"#)
        #expect(back.sent(to: desk)[0].contains(#""user":1,"status":"In Paris 🥐","ledger""#))
        let joined =
            #"{"type":"system","event":"joined","room":"lobby","name":"Ada","user":1,"users":2,"away":true,"status":"In Paris 🥐","at":1767225600000}"#
        #expect(back.contains(.publishes(lobby, joined)))
        // An empty one removes it.
        #expect(next.send(desk, presence(#""status":"","away":false"#)) == [.sends(desk, ada(away: false))])
        #expect(next.tick(after: 1_000) == [.publishes(lobby, ada(away: false))])
        #expect(next.ledger.users[0].status == "" && next.chat.users.status(of: 0) == nil)
        _ = eve
    }

    @Test func aStatusIsRefused() {
        var (script, session, bob) = pair()
        let long = String(repeating: "x", count: ChatLimits.statusCharacters)
        #expect(script.send(session, presence(#""status":"\#(long)""#)).count == 1)
        for text in [long + "x", #"a\nb"#, #"a\u202eb"#, #"\u0301"#] {
            #expect(script.send(session, presence(#""status":"\#(text)""#)).onlyErrorCode == "bad-status")
        }
        #expect(script.send(session, #"{"type":"presence"}"#).onlyErrorCode == "missing-field")
        #expect(script.send(session, presence(#""away":"yes""#)).onlyErrorCode == "bad-json")
        // The text of a muted user goes, and no other comes; being away is no text.
        _ = script.tick(after: 10_000)
        _ = script.order(.mute(name: "Ada", until: nil, reason: nil))
        #expect(script.tick(after: 10_000) == [.publishes(lobby, ada(away: false))])
        #expect(script.send(session, presence(#""status":"x""#)).onlyErrorCode == "muted")
        #expect(script.send(session, presence(#""away":true"#)) == [.sends(session, ada(away: true))])
        // One that was on its way when the mute was stored goes, too.
        script.isHeld = true
        _ = script.send(bob, presence(#""status":"late""#))
        _ = script.happen(
            .sanction(Sanction(subject: .mute(UserID(2)), name: "Bob", until: nil, reason: nil, since: 1)))
        _ = (script.commit(), script.commit())
        #expect(script.chat.users.status(of: 1) == nil)
        _ = script.send(session, presence(#""status":"""#))
    }

    @Test func aStatusThatTheLedgerRefusesIsToBeSentAgain() {
        var (script, session, _) = pair()
        script.isHeld = true
        #expect(script.send(session, presence(#""status":"x""#)) == [])
        let error =
            #"{"type":"error","code":"try-again","message":"The status could not be stored. Try again.","command":"presence"}"#
        #expect(script.refuse() == [.sends(session, error)])
        #expect(script.tick(after: 10_000) == [])
    }

    /// Of a user with 500 long statuses around it, the answer stays bounded.
    @Test func statusesOfManyMembersAreBounded() {
        var script = ScriptedChat(ChatSettings(rate: 0))
        let status = String(repeating: "😀", count: ChatLimits.statusCharacters)
        var last = script.connect(0)
        for index in 1...150 {
            last = script.connect(UInt32(index), as: "N\(index)")
            _ = script.send(last, presence(#""status":"\#(status)""#))
        }
        let answer = script.send(last, askLobby).sent(to: last)[0]
        #expect(answer.utf8.count < 2 * ChatLimits.frameBytes && answer.contains(#""more":0"#))
        #expect(answer.split(separator: "statuses").last?.contains("😀") == true)
    }

    // MARK: one user

    private func ask(_ script: inout ScriptedChat, _ session: SessionID, _ fields: String = #""with":"bob""#) -> String
    {
        script.send(session, #"{"type":"who",\#(fields)}"#).sent(to: session).joined()
    }

    private func bob(_ presence: String, as name: String = "bob") -> String {
        #"{"type":"who","with":"\#(name)","user":2,\#(presence)}"#
    }

    @Test func oneUserIsOnlineAwayOrOffline() {
        var (script, ada, session) = pair(ChatSettings(rate: 0, graceSeconds: 10))
        #expect(ask(&script, ada) == bob(#""online":true"#))
        _ = script.send(session, presence(#""away":true,"status":"Tea""#))
        #expect(ask(&script, ada, #""user":2"#) == bob(#""online":true,"away":true,"status":"Tea""#, as: "Bob"))
        _ = script.disconnect(session)
        #expect(ask(&script, ada).contains(#""online":true"#), "the grace period")
        _ = script.tick(after: 11_000)
        #expect(ask(&script, ada) == bob(#""online":false,"status":"Tea""#))
        #expect(ask(&script, ada, #""with":"Nobody""#).contains("no-such-user"))
        #expect(ask(&script, ada, #""user":99"#).contains("no-such-user"))
        #expect(script.send(ada, #"{"type":"who"}"#).onlyErrorCode == "missing-field")
        #expect(script.send(ada, #"{"type":"who","room":"attic"}"#).onlyErrorCode == "not-in-room")
    }

    /// Only those learn of it to whom the user has written.
    @Test func whenAUserWasLastSeen() throws {
        var (script, ada, session) = pair()
        let eve = script.connect(2, as: "Eve")
        _ = script.send(ada, #"{"type":"private","id":"a","to":"Bob","text":"Hello?"}"#)
        _ = script.send(session, #"{"type":"private","id":"b","to":"Eve","text":"Hello"}"#)
        _ = script.commit()
        #expect(ask(&script, eve) == bob(#""online":true"#))
        _ = script.tick(after: 60_000)
        _ = script.disconnect(session)
        _ = script.tick(after: 3_600_000)
        let seen = bob(#""online":false,"seen":1767225660000"#)
        #expect(ask(&script, eve) == seen)
        #expect(ask(&script, ada) == bob(#""online":false"#), "Bob has not written to Ada")
        _ = try script.handOver()
        #expect(ask(&script, eve) == seen)
        // In a later process it is as exact as the ledger.
        _ = script.tick(after: 0)
        var next = ScriptedChat(ChatSettings(rate: 0), ledger: script.ledger)
        let later = next.connect(0)
        _ = next.send(later, #"{"type":"hello","token":"71bb54d8d101b5b9c34d0bff90150280"}"#)
        #expect(ask(&next, later) == bob(#""online":false,"seen":1767225600000"#))
        var off = ScriptedChat(ChatSettings(rate: 0, lastSeen: false), ledger: script.ledger)
        let last = off.connect(0)
        _ = off.send(last, #"{"type":"hello","token":"71bb54d8d101b5b9c34d0bff90150280"}"#)
        #expect(ask(&off, last) == bob(#""online":false"#))
    }

    @Test func theLedgerIsAskedWithinTheLimits() throws {
        var (script, ada, session) = pair()
        _ = script.send(session, #"{"type":"private","id":"b","to":"Ada","text":"Hello"}"#)
        _ = script.commit()
        _ = (script.disconnect(session), script.tick(after: 20_000))
        script.isHeld = true
        for _ in 0..<ChatLimits.readsOfSession { #expect(ask(&script, ada) == "") }
        #expect(ask(&script, ada).contains(#""code":"try-again","with":"bob""#))
        #expect(script.answer(.failed("slow")).sent(to: ada)[0].contains(#""command":"who""#))
        // The successor asks again.
        _ = try script.handOver()
        #expect(script.asked.count == ChatLimits.readsOfSession - 1)
        while !script.asked.isEmpty { #expect(script.answer().sent(to: ada)[0].contains(#""seen":"#)) }
        #expect(script.chat.reads.isEmpty && script.chat.sessions[0].reads == 0)
    }

    // MARK: restarts

    @Test func aPlannedRestartKeepsWhoIsAway() throws {
        var (script, session, bob) = pair()
        _ = script.send(session, presence(#""away":true"#))
        _ = script.tick(after: 1_000)
        _ = try script.handOver()
        #expect(script.tick(after: 10_000) == [])
        #expect(script.send(bob, askLobby) == [.sends(bob, members(#","away":[1]"#))])
        // What was not told yet is told.
        _ = script.send(session, presence(#""away":false,"status":"x""#))
        _ = try script.handOver()
        #expect(script.tick(after: 1_000) == [.publishes(lobby, ada(away: false, status: "x"))])
        // Nothing more is in the state where nobody is away.
        #expect(!script.chat.hasPresenceState)
    }

    /// After a crash a session is as its hello says.
    @Test func aCrashForgetsWhoIsAway() {
        var (script, session, bob) = pair(ChatSettings(rate: 0, graceSeconds: 10))
        _ = script.send(session, presence(#""away":true"#))
        _ = script.tick(after: 1_000)
        _ = script.crash(survivors: [session, bob])
        _ = script.send(bob, #"{"type":"hello","token":"f893a2eefb32555e71c18690ee42c90b","again":1}"#)
        #expect(script.send(bob, askLobby) == [.sends(bob, members())])
        _ = script.send(session, #"{"type":"hello","token":"\#(token)","again":1,"away":true}"#)
        #expect(script.tick(after: 1_000) == [.publishes(lobby, ada(away: true))])
    }
}
