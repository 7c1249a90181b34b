// What administrators list: Chat+Listings.swift.

import Testing

@testable import Chat

@Suite struct ChatListingsTests {
    @Test func listingsAreSorted() {
        var (script, ada, bob) = pair()
        _ = script.send(bob, #"{"type":"join","room":"attic","create":true}"#)
        _ = script.send(ada, say("a-1"))
        _ = script.commit()
        #expect(
            script.chat.userList == [
                UserSummary(name: "Ada", sessions: [ada], rooms: ["lobby"], isMuted: false),
                UserSummary(name: "Bob", sessions: [bob], rooms: ["attic", "lobby"], isMuted: false),
            ])
        #expect(
            script.chat.roomList == [
                RoomSummary(name: "attic", users: 1, isConfigured: false, newest: 0),
                RoomSummary(name: "lobby", users: 2, isConfigured: true, newest: 3),
            ])
    }
}
