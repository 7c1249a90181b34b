import Chat
import FoundationEssentials
import Glibc
import Host
import SQLite
import Testing

@testable import Ledger

@Suite struct StoreTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }

    @Test func numbersGrowByOneAndGoOnAfterAReopening() throws {
        do {
            let fixture = try LedgerFixture(settings)
            #expect(try fixture.store.snapshot().seq == 0)
            #expect(seqs(try fixture.put([message("a"), whisper("b", to: bob)])) == [1, 2])
        }
        let fixture = try LedgerFixture(settings)
        #expect(try fixture.store.snapshot().seq == 2)
        #expect(seqs(try fixture.put([claim("Ada"), .seen(ada, at: 1), message("c")])) == [3, 4, 5])
    }

    @Test func aRepeatGetsTheFirstNumberAndTheFirstText() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a", text: "first"), message("a", bob)])
        let again = try fixture.put([message("a", text: "second"), message("b"), message("b")])
        #expect(seqs(again) == [-1, 3, -3])
        #expect(again[0] == .repeated(Committed(seq: 1, entry: message("a", text: "first")), from: nil))
    }

    @Test func anIdIsOneUsersAlsoBetweenMessagesAndPrivateOnesAndAfterAReopening() throws {
        try LedgerFixture(settings).put([message("a"), whisper("b", to: bob), whisper("c", ada, to: ada)])
        let again = try LedgerFixture(settings).put([
            whisper("a", to: bob), message("b"), whisper("c", ada, to: ada), message("c", bob), whisper("d", to: cleo),
        ])
        #expect(seqs(again) == [-1, -2, -3, 4, 5])
        #expect(again[1] == .repeated(Committed(seq: 2, entry: whisper("b", to: bob)), from: nil))
    }

    @Test func theOriginComesOutWithTheOutcomeAndIsNotKept() throws {
        let fixture = try LedgerFixture()
        let origin = SessionID(slot: 4, generation: 2)
        let outcomes = try fixture.store.commit([
            QueuedEntry(entry: message("a"), origin: origin), QueuedEntry(entry: message("a"), origin: nil),
        ])
        let committed = Committed(seq: 1, entry: message("a"))
        #expect(outcomes == [.committed(committed, from: origin), .repeated(committed, from: nil)])
    }

    @Test func usersAreWhatTheirEntriesAddUpTo() throws {
        let token = TokenHash(high: 7, low: .max)
        try LedgerFixture(settings).put([
            claim("Ada", token: token, at: 10), claim("Bob", at: 11), claim("Cleo", at: 12),
            .rename(ada, name: "Ada L"), .seen(bob, at: 50), .release(cleo), whisper("a", to: bob),
        ])
        let fixture = try LedgerFixture(settings)
        var expected = [
            KnownUser(id: ada, name: "Ada L", seen: 10, newestPrivate: 7),
            KnownUser(id: bob, name: "Bob", seen: 50, newestPrivate: 7),
        ]
        let former = try fixture.store.snapshot().users.first?.formerNames ?? []
        #expect(former.map(\.name) == ["Ada"])
        expected[0].formerNames = former
        #expect(try fixture.store.snapshot().users == expected)
        let device = KnownDevice(user: ada, id: 1, token: token, created: 10, seen: 10)
        #expect(try fixture.store.snapshot().devices == [device])
        // An entry about a user who is not there changes nothing, but is stored.
        #expect(seqs(try fixture.put([.rename(cleo, name: "C"), .seen(cleo, at: 1), .release(cleo)])) == [8, 9, 10])
        #expect(try fixture.store.snapshot().users == expected)
    }

    @Test func anUnreadableTokenStillProtectsItsName() throws {
        let fixture = try LedgerFixture()
        try fixture.put([claim("Ada", token: TokenHash(high: 1, low: 2))])
        try fixture.store.database.execute("UPDATE tokens SET hash = 'nonsense'")
        #expect(try fixture.store.snapshot().devices.first?.token == TokenHash(high: 0, low: 0))
    }

    @Test func aBatchThatFailsLeavesNothingBehind() throws {
        let fixture = try LedgerFixture()
        try fixture.put([claim("Ada")])
        try fixture.store.database.execute("ALTER TABLE users RENAME TO away")
        #expect(throws: SQLiteError.self) {
            try fixture.put([message("a"), whisper("b", to: bob), claim("Bob")])
        }
        try fixture.store.database.execute("ALTER TABLE away RENAME TO users")
        #expect(try fixture.store.snapshot().users.map(\.name) == ["Ada"])
        #expect(seqs(try fixture.put([message("a"), claim("Bob"), whisper("b", to: bob)])) == [2, 3, 4])
    }

    @Test func aFullDiskIsNamedAndTheStoreRecovers() throws {
        let fixture = try LedgerFixture(settings)
        let pages = try fixture.store.database.integer("PRAGMA page_count")
        try fixture.store.database.execute("PRAGMA max_page_count = \(pages)")
        let big = message("a", text: String(repeating: "x", count: 20_000))
        let full = #expect(throws: SQLiteError.self) { try fixture.put([message("b"), big]) }
        #expect(full?.isFull == true)
        #expect(seqs(try fixture.put([message("b")])) == [1])
        try fixture.store.database.execute("PRAGMA max_page_count = 1000000")
        #expect(seqs(try fixture.put([big])) == [2])
    }

    @Test func aFileThatCannotBeOpenedSaysWhatToDo() throws {
        let missing = #expect(throws: LedgerError.self) { try Store(LedgerSettings(path: "/nowhere/x")) }
        #expect(missing?.description.contains("its directory must exist") == true)
        do {
            let database = try Database(path: folder.ledger)
            try database.execute("PRAGMA user_version = 99")
        }
        let newer = #expect(throws: LedgerError.self) { try Store(settings) }
        #expect(newer?.description.contains("newer Chatrelay (format 99; this one knows 7)") == true)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everything"), arguments: [true, false])
    func aFileThatCannotBeWrittenSaysWhatToDo(isFolder: Bool) throws {
        try LedgerFixture(settings).put([message("a")])
        let expired = isFolder ? folder.path : folder.ledger
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: expired)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: expired) }
        let refused = #expect(throws: LedgerError.self) { try Store(settings) }
        #expect(refused?.description.contains("the service's user") == true)
    }

    @Test func aFileThatIsNoLedgerIsNamedDamaged() throws {
        try Array(repeating: "not a database ", count: 500).joined()
            .write(toFile: folder.ledger, atomically: false, encoding: .utf8)
        let damaged = #expect(throws: LedgerError.self) { try Store(settings) }
        #expect(damaged?.description.contains("damaged") == true)
    }
}
