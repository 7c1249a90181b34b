// Presence of users with several sessions, and grace periods: Chat+Rooms.swift.

import Primitives
import Testing

@testable import Chat

@Suite struct ChatPresenceTests {
    private let again = #"{"type":"hello","token":"910a2dec89025cc1beeb8da1658eec67"}"#

    private func system(_ event: String, _ name: String, _ users: Int, at: Int64 = 1_767_225_600_000) -> Action {
        .publishes(
            lobby,
            #"{"type":"system","event":"\#(event)","room":"lobby","name":"\#(name)","user":\#(name == "Ada" ? 1 : 2),"users":\#(users),"at":\#(at)}"#
        )
    }

    private func published(_ actions: [Action]) -> [Action] {
        actions.filter { if case .publish = $0 { true } else { false } }
    }

    @Test func threeSessionsJoinOnceAndLeaveOnce() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        var sessions = [ada]
        for slot in 2...3 as ClosedRange<UInt32> {
            let session = script.connect(slot)
            #expect(published(script.send(session, again)) == [])
            sessions.append(session)
        }
        #expect(published(script.send(sessions[0], #"{"type":"leave","room":"lobby"}"#)) == [])
        #expect(published(script.disconnect(sessions[1])) == [])
        #expect(published(script.send(sessions[2], #"{"type":"leave","room":"lobby"}"#)) == [system("left", "Ada", 1)])
        #expect(published(script.send(sessions[0], #"{"type":"join","room":"lobby"}"#)) == [system("joined", "Ada", 2)])
        #expect(published(script.disconnect(sessions[2])) == [])
        #expect(published(script.disconnect(sessions[0])) == [system("left", "Ada", 1)])
    }

    @Test func aReturnWithinTheGracePeriodIsNotAnnounced() {
        var script = ScriptedChat(ChatSettings())
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        _ = script.connect(1, as: "Bob")
        #expect(published(script.disconnect(ada)) == [])
        #expect(script.chat.figures == (users: 1, rooms: 2))
        #expect(published(script.tick(after: 9_999)) == [])
        let back = script.connect(0, generation: 2)
        let answer = script.send(back, again).sent(to: back)
        #expect(answer.contains(#"{"type":"joined","room":"lobby","users":2}"#))
        // Ada did not join the attic again.
        #expect(script.tick(after: 1).contains(.report(.roomClosed("attic"))))
        #expect(published(script.tick(after: 60_000)) == [])
        #expect(published(script.disconnect(back)) == [])
        #expect(published(script.tick(after: 10_000)) == [system("left", "Ada", 1, at: script.now.wall)])
    }

    @Test func eachReturnBeginsANewGracePeriod() {
        var script = ScriptedChat(ChatSettings())
        var ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        for generation in 2...5 as ClosedRange<UInt32> {
            _ = script.disconnect(ada)
            #expect(published(script.tick(after: 6_000)) == [])
            ada = script.connect(0, generation: generation)
            #expect(published(script.send(ada, again)) == [])
        }
        _ = script.disconnect(ada)
        #expect(published(script.tick(after: 9_999)) == [])
        #expect(published(script.tick(after: 1)).count == 1)
        // No grace period is left over.
        #expect(script.chat.pendingLeaves.isEmpty)
    }

    /// A client that comes and goes in a loop takes no more memory, and leaves at the end of its last grace period.
    @Test func eachRoomHasOneGracePeriodHoweverOftenItsUserReturns() throws {
        var script = ScriptedChat(ChatSettings(rate: 0))
        var ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        for generation in 2...500 as ClosedRange<UInt32> {
            _ = script.disconnect(ada)
            _ = script.tick(after: 10)
            ada = script.connect(0, generation: generation)
            _ = script.send(ada, again)
            _ = script.send(ada, #"{"type":"join","room":"attic"}"#)
        }
        _ = script.disconnect(ada)
        #expect(script.chat.pendingLeaves.sorted.count == 2)
        _ = script.tick(after: 6_000)
        _ = try script.handOver()
        #expect(published(script.tick(after: 3_999)) == [])
        #expect(published(script.tick(after: 1)).count == 1 && script.chat.figures.rooms == 1)
        #expect(script.chat.pendingLeaves.isEmpty)
    }

    /// A shorter grace period applies to connections that break after the reload, while earlier ones are still pending.
    @Test(arguments: [0, 2]) func aShorterGracePeriodAppliesAtOnce(_ seconds: Int) {
        var script = ScriptedChat(ChatSettings(graceSeconds: 60))
        let ada = script.connect(0, as: "Ada")
        let bob = script.connect(1, as: "Bob")
        _ = script.connect(2, as: "Cleo")
        _ = script.disconnect(ada)
        _ = script.reconfigure(ChatSettings(graceSeconds: seconds))
        var actions = script.disconnect(bob)
        if seconds > 0 {
            #expect(published(actions) == [])
            actions = script.tick(after: 2_000)
        }
        #expect(published(actions) == [system("left", "Bob", 2, at: script.now.wall)])
        #expect(published(script.tick(after: 57_999)) == [])
        #expect(
            published(script.tick(after: seconds == 0 ? 2_001 : 1)) == [system("left", "Ada", 1, at: script.now.wall)])
    }

    @Test func theCommandLeaveHasNoGracePeriod() {
        var script = ScriptedChat(ChatSettings())
        let ada = script.connect(0, as: "Ada")
        _ = script.connect(1, as: "Bob")
        #expect(published(script.send(ada, #"{"type":"leave","room":"lobby"}"#)).count == 1)
        _ = script.send(ada, #"{"type":"join","room":"lobby"}"#)
        _ = script.disconnect(ada)
        let back = script.connect(0, generation: 2)
        _ = script.send(back, again)
        #expect(published(script.send(back, #"{"type":"leave","room":"lobby"}"#)).count == 1)
        #expect(published(script.tick(after: 10_000)) == [])
    }
}
