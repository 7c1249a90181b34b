import Chat
import Model
import SQLite
import Testing

@testable import Ledger

@Suite struct TokenTablesTests {
    private func hash(_ number: UInt64) -> TokenHash { TokenHash(high: number, low: .max) }

    /// What devices and recovery codes add up to is the same as in the model.
    @Test func devicesAreAsInTheModel() throws {
        let folder = try TemporaryFolder()
        let settings = LedgerSettings(path: folder.ledger)
        var model = ModelLedger()
        let entries: [Entry] = [
            .claim(Claim(name: "Ada", token: hash(1), at: 10, label: "Desk")),
            .claim(Claim(name: "Bob", token: hash(2), at: 20)),
            .claim(Claim(name: "Cleo", token: nil, at: 30)),
            .device(NewDevice(user: ada, token: hash(3), label: "Phone", at: 40)),
            .recovery(ada, hash(4)), .recovery(bob, hash(5)), .recovery(bob, hash(6)),
            .device(NewDevice(user: bob, token: hash(7), at: 50, recovery: hash(5))),
            .device(NewDevice(user: ada, token: hash(8), at: 60, recovery: hash(4), replaces: 4)),
            .seen(ada, at: 70), .seen(ada, at: 80, device: 9), .signOut(bob, devices: [2, 8, 99]),
            .signOut(ada, devices: []), .device(NewDevice(user: UserID(77), token: hash(9), at: 90)),
            .recovery(UserID(77), hash(9)), .status(ada, text: "Tea"), .status(bob, text: "x"), .status(bob, text: ""),
            .status(UserID(77), text: "y"),
        ]
        for entry in entries { _ = model.commit(entry) }
        try LedgerFixture(settings).put(entries)
        let snapshot = try LedgerFixture(settings).store.snapshot()
        #expect(snapshot.devices == model.snapshot().devices && snapshot.devices.map(\.id) == [1, 9])
        #expect(snapshot.users.map(\.status) == ["Tea", "", ""])
        #expect(snapshot.users == model.snapshot().users && snapshot.users.map(\.recovery) == [nil, hash(6), nil])
        try LedgerFixture(settings).put([.release(ada)])
        #expect(try LedgerFixture(settings).store.snapshot().devices.isEmpty)
    }

    /// The file has hashes only, in the tables of state: a device that is signed out leaves nothing.
    @Test func aSignedOutTokenIsGone() throws {
        let fixture = try LedgerFixture()
        try fixture.put([claim("Ada", token: hash(1)), .signOut(ada, devices: [1]), .status(ada, text: "Tea")])
        #expect(try fixture.store.database.integer("SELECT count(*) FROM tokens") == 0)
        let found = "SELECT count(*) FROM events WHERE text IS NOT NULL OR note IS NOT NULL"
        #expect(try fixture.store.database.integer(found) == 0)
    }
}
