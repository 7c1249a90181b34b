import Testing

@testable import Chat

@Suite struct RoomTableTests {
    @Test func idsAreReusedAfterClosing() {
        var rooms = RoomTable()
        let lobby = rooms.open("lobby", isConfigured: true)
        let attic = rooms.open("attic", isConfigured: false)
        #expect([lobby, attic] == [RoomID(index: 0), RoomID(index: 1)])
        rooms[attic].members = [3]
        rooms[attic].members = []
        rooms.close(attic)
        #expect(rooms.id(named: "attic") == nil)
        #expect(rooms.count == 1)
        #expect(rooms.open("cellar", isConfigured: false) == attic)
        #expect(rooms[attic].name == "cellar")
        #expect(rooms.id(named: "cellar") == attic)
        #expect(rooms.open("attic", isConfigured: false) == RoomID(index: 2))
    }

    @Test func listsByName() {
        var rooms = RoomTable()
        for name in ["d", "b", "a", "c"] { rooms[rooms.open(name, isConfigured: true)].members = [1, 2] }
        let listing = rooms.listing(atMost: 3)
        #expect(listing.map(\.name) == ["a", "b", "c"])
        #expect(listing.map(\.users) == [2, 2, 2])
    }
}
