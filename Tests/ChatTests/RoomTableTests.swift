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

    /// Rooms that were used since the last time around stay.
    @Test func historiesAreBoundedTogether() {
        var rooms = RoomTable()
        let count = 2 * ChatLimits.historyBytes / ChatLimits.roomHistoryBytes
        for number in 0..<count {
            let room = rooms.open("r\(number)", isConfigured: false)
            for seq in 1...2 {
                let json = [UInt8](repeating: 0x78, count: ChatLimits.roomHistoryBytes / 2 - ChatLimits.messageOverhead)
                rooms[room].history.append(UInt64(2 * number + seq), json)
            }
            // The first room is in use all the time.
            _ = rooms[RoomID(index: 0)].history.newcomersAnswer(room: "r0", gap: false, atMost: 1)
            rooms.boundHistories()
            #expect(rooms.historyBytes <= ChatLimits.historyBytes)
        }
        #expect(rooms.historyBytes > ChatLimits.historyBytes - 2 * ChatLimits.roomHistoryBytes)
        #expect(rooms[RoomID(index: 0)].history.oldest != nil && rooms[RoomID(index: 1)].history.oldest == nil)
        #expect(rooms.ids.reduce(0) { $0 + rooms[$1].history.bytes } == rooms.historyBytes)
        for room in rooms.ids { rooms.close(room) }
        #expect(rooms.historyBytes == 0)
    }

    @Test func listsByName() {
        var rooms = RoomTable()
        for name in ["d", "b", "a", "c"] { rooms[rooms.open(name, isConfigured: true)].members = [1, 2] }
        let listing = rooms.listing(atMost: 3)
        #expect(listing.map(\.name) == ["a", "b", "c"])
        #expect(listing.map(\.users) == [2, 2, 2])
    }
}
