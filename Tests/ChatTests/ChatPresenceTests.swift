// Who is there: users of several sessions, those that drop and return, and large rooms.

import Primitives
import Testing

@testable import Chat

@Suite struct ChatPresenceTests {
    private let again = #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#

    private func system(_ event: String, _ name: String, _ users: Int, at: Int64 = 1_767_225_600_000) -> Action {
        .publishes(
            lobby,
            #"{"type":"system","event":"\#(event)","room":"lobby","name":"\#(name)","users":\#(users),"at":\#(at)}"#)
    }

    private func told(_ actions: [Action]) -> [Action] {
        actions.filter { if case .publish = $0 { true } else { false } }
    }

    @Test func threeSessionsJoinOnceAndLeaveOnce() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        var sessions = [ada]
        for slot in 2...3 as ClosedRange<UInt32> {
            let session = script.connect(slot)
            #expect(told(script.send(session, again)) == [])
            sessions.append(session)
        }
        #expect(told(script.send(sessions[0], #"{"type":"leave","room":"lobby"}"#)) == [])
        #expect(told(script.disconnect(sessions[1])) == [])
        #expect(told(script.send(sessions[2], #"{"type":"leave","room":"lobby"}"#)) == [system("left", "Ada", 1)])
        #expect(told(script.send(sessions[0], #"{"type":"join","room":"lobby"}"#)) == [system("joined", "Ada", 2)])
        #expect(told(script.disconnect(sessions[2])) == [])
        #expect(told(script.disconnect(sessions[0])) == [system("left", "Ada", 1)])
    }

    @Test func whoReturnsWithinTheGraceIsNotNoticed() {
        var script = ScriptedChat(ChatSettings())
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        _ = script.connect(1, as: "Bob")
        #expect(told(script.disconnect(ada)) == [])
        #expect(script.chat.figures == (users: 1, rooms: 2))
        #expect(told(script.tick(after: 9_999)) == [])
        let back = script.connect(0, generation: 2)
        let answer = script.send(back, again).sent(to: back)
        #expect(answer.contains(#"{"type":"joined","room":"lobby","users":2}"#))
        // The attic it did not come back to.
        #expect(script.tick(after: 1).contains(.report(.roomClosed("attic"))))
        #expect(told(script.tick(after: 60_000)) == [])
        #expect(told(script.disconnect(back)) == [])
        #expect(told(script.tick(after: 10_000)) == [system("left", "Ada", 1, at: script.now.wall)])
    }

    @Test func comingBackAgainAndAgainCountsFromTheLastTime() {
        var script = ScriptedChat(ChatSettings())
        var ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        for generation in 2...5 as ClosedRange<UInt32> {
            _ = script.disconnect(ada)
            #expect(told(script.tick(after: 6_000)) == [])
            ada = script.connect(0, generation: generation)
            #expect(told(script.send(ada, again)) == [])
        }
        _ = script.disconnect(ada)
        #expect(told(script.tick(after: 9_999)) == [])
        #expect(told(script.tick(after: 1)).count == 1)
        // Nobody is there twice.
        #expect(script.chat.pendingLeaves.isEmpty)
    }

    /// A reload shortens the grace period: it applies to connections that break from then on, whoever broke before.
    @Test(arguments: [0, 2]) func aShorterGracePeriodAppliesAtOnce(_ seconds: Int) {
        var script = ScriptedChat(ChatSettings(graceSeconds: 60))
        let ada = script.connect(0, as: "Ada")
        let bob = script.connect(1, as: "Bob")
        _ = script.connect(2, as: "Cleo")
        _ = script.disconnect(ada)
        _ = script.reconfigure(ChatSettings(graceSeconds: seconds))
        var actions = script.disconnect(bob)
        if seconds > 0 {
            #expect(told(actions) == [])
            actions = script.tick(after: 2_000)
        }
        #expect(told(actions) == [system("left", "Bob", 2, at: script.now.wall)])
        #expect(told(script.tick(after: 57_999)) == [])
        #expect(told(script.tick(after: seconds == 0 ? 2_001 : 1)) == [system("left", "Ada", 1, at: script.now.wall)])
    }

    @Test func leavingByOneselfIsToldAtOnce() {
        var script = ScriptedChat(ChatSettings())
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        #expect(told(script.send(ada, #"{"type":"leave","room":"lobby"}"#)).count == 1)
        _ = script.send(ada, #"{"type":"join","room":"lobby"}"#)
        _ = script.disconnect(ada)
        let back = script.connect(0, generation: 2)
        _ = script.send(back, again)
        #expect(told(script.send(back, #"{"type":"leave","room":"lobby"}"#)).count == 1)
        #expect(told(script.tick(after: 10_000)) == [])
    }
}
