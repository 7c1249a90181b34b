import Chat
import SQLite
import Testing

@testable import Ledger

@Suite struct LedgerSchemaTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// Makes a file of the first format.
    private func makeFirst(_ rows: [String], deleting expired: String = "") throws {
        let database = try Database(path: folder.ledger)
        try database.execute(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE events (
              seq INTEGER PRIMARY KEY AUTOINCREMENT,
              sender TEXT NOT NULL,
              id TEXT NOT NULL,
              room TEXT NOT NULL,
              text TEXT NOT NULL,
              at INTEGER NOT NULL
            );
            CREATE UNIQUE INDEX events_once ON events (sender, id);
            CREATE INDEX events_of_room ON events (room, seq);
            PRAGMA user_version = 1;
            """)
        for row in rows {
            try database.execute("INSERT INTO events (sender, id, room, text, at) VALUES (\(row))")
        }
        try database.execute(expired)
    }

    @Test func theFirstFormatsMessagesStay() throws {
        let rows = [
            "'Gone', 'x', 'lobby', 'deleted', 1", "'Bob', 'a', 'lobby', 'one', 10", "'Ada', 'a', 'attic', 'two', 20",
            "'Bob', 'b', 'lobby', 'three', 30", "'Gone', 'y', 'lobby', 'deleted', 40",
        ]
        try makeFirst(rows, deleting: "DELETE FROM events WHERE sender = 'Gone'")
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        func sent(_ seq: UInt64, by user: UInt64, _ from: String, _ id: String, _ room: String, _ text: String)
            -> Committed
        {
            let at = Int64(seq - 1) * 10
            let message = Message(user: UserID(user), id: id, room: room, from: from, text: text, at: at)
            return Committed(seq: seq, entry: .message(message))
        }
        let snapshot = try fixture.store.snapshot()
        #expect(
            snapshot.recent == [
                sent(2, by: 2, "Bob", "a", "lobby", "one"), sent(3, by: 3, "Ada", "a", "attic", "two"),
                sent(4, by: 2, "Bob", "b", "lobby", "three"),
            ])
        #expect(snapshot.users == [] && snapshot.seq == 5 && snapshot.retentionFloor == 1 && snapshot.recentAfter == 1)
        #expect(seqs(try fixture.put([message("c"), message("b", UserID(2))])) == [6, -4])
        try fixture.runMaintenance()
        #expect(fixture.found("three") == [4])
        #expect(numbers(fixture.queries.answer(.page(.room("attic"), before: 9, limit: 9))) == [3])
    }

    @Test func aLongMigrationGivesSignsOfLifeAndLeavesASmallLog() throws {
        try makeFirst([])
        try Database(path: folder.ledger).execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)
              INSERT INTO events (sender, id, room, text, at)
              SELECT 'Ada', i, 'lobby', hex(zeroblob(200)), i FROM n;
            """)
        var signs = 0
        let store = try Store(LedgerSettings(path: folder.ledger)) { signs += 1 }
        #expect(signs > 5 && store.numbers.last == 200_000)
        #expect(try size(folder.ledger + "-wal") == 0)
    }

    @Test func anEmptyFileOfTheFirstFormatBegins() throws {
        try makeFirst([])
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        #expect(seqs(try fixture.put([message("c")])) == [1])
    }

    @Test func theSecondFormatsMessagesStayAndCanBeDeleted() throws {
        let database = try Database(path: folder.ledger)
        try database.execute(
            """
            CREATE TABLE events (
              seq INTEGER PRIMARY KEY AUTOINCREMENT,
              kind INTEGER NOT NULL,
              user INTEGER NOT NULL,
              peer INTEGER,
              id TEXT,
              room TEXT,
              name TEXT,
              peer_name TEXT,
              text TEXT,
              at INTEGER NOT NULL
            );
            CREATE UNIQUE INDEX events_once ON events (user, id) WHERE id IS NOT NULL;
            CREATE INDEX events_of_room ON events (room, seq) WHERE room IS NOT NULL;
            CREATE TABLE privates (
              user INTEGER NOT NULL,
              seq INTEGER NOT NULL,
              peer INTEGER NOT NULL,
              PRIMARY KEY (user, seq)
            ) WITHOUT ROWID;
            CREATE INDEX privates_of_pair ON privates (user, peer, seq);
            CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, token TEXT, seen INTEGER NOT NULL);
            CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
            INSERT INTO meta VALUES
              ('ledger', '0badcafe'), ('floor', 0), ('indexed', 2);
            CREATE VIRTUAL TABLE texts USING fts5 (
              text, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
            );
            INSERT INTO events (kind, user, id, room, name, text, at) VALUES (3, 0, NULL, NULL, 'Ada', NULL, 5),
              (1, 1, 'a', 'lobby', 'Ada', 'secret', 6), (1, 1, 'b', 'lobby', 'Ada', 'plain', 7);
            INSERT INTO users VALUES (1, 'Ada', '0000000000000007ffffffffffffffff', 8);
            INSERT INTO texts (rowid, text) VALUES (2, 'secret');
            PRAGMA user_version = 2;
            """)
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        let snapshot = try fixture.store.snapshot()
        #expect(snapshot.ledger == "0badcafe" && snapshot.seq == 3 && snapshot.users.map(\.name) == ["Ada"])
        // Its token became its first device's.
        let device = KnownDevice(user: ada, id: 1, token: TokenHash(high: 7, low: .max), created: 5, seen: 8)
        #expect(snapshot.devices == [device])
        #expect(snapshot.recent.map(\.seq) == [2, 3] && snapshot.newestNotice == 0 && snapshot.sanctions == [])
        #expect(fixture.found("secret") == [2])
        let deletion = Change(message: 2, kind: .deletion)
        try fixture.put([
            .change(deletion),
            .sanction(Sanction(subject: .mute(ada), name: "Ada", until: nil, reason: nil, since: 1)),
        ])
        try fixture.runMaintenance()
        #expect(fixture.found("secret") == [] && fixture.found("plain") == [3])
        #expect(try fixture.store.snapshot().sanctions.count == 1)
        let autoincrement = "SELECT count(*) FROM sqlite_schema WHERE name = 'events' AND sql LIKE '%AUTOINCREMENT%'"
        #expect(try fixture.store.database.integer(autoincrement) == 0)
        #expect(
            try fixture.store.database.integer(
                "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
    }

    @Test func aMigratedFileStaysAsItIs() throws {
        let settings = LedgerSettings(path: folder.ledger)
        try LedgerFixture(settings).put([message("a")])
        let fixture = try LedgerFixture(settings)
        #expect(try fixture.store.database.integer("PRAGMA user_version") == Int64(LedgerSchema.version))
        #expect(try fixture.store.database.integer("PRAGMA auto_vacuum") == 2)
        #expect(try fixture.store.snapshot().seq == 1)
    }
}
