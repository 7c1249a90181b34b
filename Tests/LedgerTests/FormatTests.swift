import Chat
import SQLite
import Testing

@testable import Ledger

@Suite struct FormatTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    /// A file as the first version made it.
    private func makeFirst(_ rows: [String], deleting doomed: String = "") throws {
        let database = try Database(path: scratch.path)
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
        try database.execute(doomed)
    }

    @Test func theFirstFormatsMessagesStay() throws {
        let rows = [
            "'Gone', 'x', 'lobby', 'deleted', 1", "'Bob', 'a', 'lobby', 'one', 10", "'Ada', 'a', 'attic', 'two', 20",
            "'Bob', 'b', 'lobby', 'three', 30", "'Gone', 'y', 'lobby', 'deleted', 40",
        ]
        try makeFirst(rows, deleting: "DELETE FROM events WHERE sender = 'Gone'")
        let bench = try Bench(LedgerSettings(path: scratch.path))
        func sent(_ seq: UInt64, by user: UInt64, _ from: String, _ id: String, _ room: String, _ text: String)
            -> Committed
        {
            let at = Int64(seq - 1) * 10
            let message = Message(user: UserID(user), id: id, room: room, from: from, text: text, at: at)
            return Committed(seq: seq, entry: .message(message))
        }
        let past = try bench.store.past()
        #expect(
            past.recent == [
                sent(2, by: 2, "Bob", "a", "lobby", "one"), sent(3, by: 3, "Ada", "a", "attic", "two"),
                sent(4, by: 2, "Bob", "b", "lobby", "three"),
            ])
        #expect(past.users == [] && past.seq == 5 && past.floor == 1 && past.recentAfter == 1)
        #expect(seqs(try bench.put([message("c"), message("b", UserID(2))])) == [6, -4])
        try bench.keepHouse()
        #expect(bench.found("three") == [4])
        #expect(numbers(bench.queries.answer(.page(.room("attic"), before: 9, limit: 9))) == [3])
    }

    @Test func anEmptyFileOfTheFirstFormatBegins() throws {
        try makeFirst([])
        let bench = try Bench(LedgerSettings(path: scratch.path))
        #expect(seqs(try bench.put([message("c")])) == [1])
    }

    @Test func whatWasMigratedOnceIsLeftAlone() throws {
        let settings = LedgerSettings(path: scratch.path)
        try Bench(settings).put([message("a")])
        let bench = try Bench(settings)
        #expect(try bench.store.database.integer("PRAGMA user_version") == Int64(Format.version))
        #expect(try bench.store.database.integer("PRAGMA auto_vacuum") == 2)
        #expect(try bench.store.past().seq == 1)
    }
}
