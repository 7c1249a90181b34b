// The number of members in large rooms: Chat+Members.swift.

import Testing

@testable import Chat

@Suite struct ChatMembersTests {
    private func published(_ actions: [Action]) -> [Action] {
        actions.filter { if case .publish = $0 { true } else { false } }
    }

    @Test func aLargeRoomAnnouncesCounts() {
        var script = ScriptedChat()
        var events: [Action] = []
        for slot in 0..<250 as Range<UInt32> {
            let session = script.connect(slot)
            events += published(script.send(session, #"{"type":"hello","name":"user \#(slot)"}"#))
        }
        #expect(events.count == 199)
        let at = script.now.wall + 5_000
        let count = #"{"type":"system","event":"count","room":"lobby","users":250,"at":\#(at)}"#
        #expect(published(script.tick(after: 5_000)) == [.publishes(lobby, count)])
        #expect(published(script.tick(after: 5_000)) == [])
        for slot in 0..<49 as Range<UInt32> {
            #expect(published(script.disconnect(SessionID(slot: slot, generation: 1))) == [])
        }
        #expect(published(script.tick(after: 4_999)) == [])
        #expect(published(script.tick(after: 1)).count == 1)
        // With 200 members, single leaves are announced again.
        #expect(published(script.disconnect(SessionID(slot: 49, generation: 1))).count == 1)
        #expect(published(script.tick(after: 5_000)) == [])
    }

    /// The number is the announced one again, but one session was sent another number in between.
    @Test(arguments: [#"{"type":"hello","name":"Eve"}"#, #"{"type":"who","room":"lobby"}"#])
    func aCountIsAnnouncedAfterOneSessionGotAnother(_ asking: String) {
        var script = ScriptedChat()
        for slot in 0..<250 as Range<UInt32> { _ = script.connect(slot, as: "user \(slot)") }
        _ = script.tick(after: 5_000)
        let eve = script.connect(250, as: asking.contains("who") ? "Eve" : nil)
        _ = script.send(eve, asking)
        _ = script.disconnect(SessionID(slot: 0, generation: 1))
        #expect(published(script.tick(after: 5_000)).count == 1)
        #expect(published(script.tick(after: 5_000)) == [])
    }
}
