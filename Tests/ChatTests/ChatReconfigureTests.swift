// New settings at run time: Chat+Reconfigure.swift.

import Testing

@testable import Chat

@Suite struct ChatReconfigureTests {
    private func settings(_ change: (inout ChatSettings) -> Void) -> ChatSettings {
        var settings = ChatSettings(graceSeconds: 0)
        change(&settings)
        return settings
    }

    @Test func newLimitsApplyAtOnce() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        #expect(script.send(ada, #"{"type":"message","id":"1","room":"lobby","text":"four"}"#).onlyErrorCode == nil)
        #expect(script.reconfigure(settings { $0.textBytes = 3 }) == [])
        #expect(
            script.send(ada, #"{"type":"message","id":"2","room":"lobby","text":"four"}"#).onlyErrorCode
                == "text-too-long")
    }

    @Test func configuredRoomsOpenAndClose() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        #expect(script.reconfigure(settings { $0.rooms = ["hall", "lobby"] }) == [.report(.roomOpened("hall"))])
        #expect(script.reconfigure(settings { $0.rooms = ["lobby"] }) == [.report(.roomClosed("hall"))])
        // A room that is no longer configured closes with its last member. The default room is the first of the new ones.
        #expect(script.reconfigure(settings { $0.rooms = ["attic"] }) == [.report(.roomOpened("attic"))])
        let bob = script.connect(1, as: "Bob")
        #expect(script.send(bob, #"{"type":"who","room":"attic"}"#).onlyErrorCode == nil)
        #expect(script.send(ada, #"{"type":"leave","room":"lobby"}"#).contains(.report(.roomClosed("lobby"))))
    }

    @Test func aRoomOfUsersBecomesAConfiguredOne() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        _ = script.send(ada, #"{"type":"join","room":"attic","create":true}"#)
        #expect(script.reconfigure(settings { $0.rooms = ["lobby", "attic"] }) == [])
        let closed = Action.report(.roomClosed("attic"))
        #expect(!script.send(ada, #"{"type":"leave","room":"attic"}"#).contains(closed))
    }
}
