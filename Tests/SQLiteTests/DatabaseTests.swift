import FoundationEssentials
import SQLite
import Testing

@Suite struct DatabaseTests {
    private func made() throws -> Database {
        let database = try Database(path: ":memory:")
        try database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT UNIQUE)")
        return database
    }

    @Test(arguments: ["", "plain", "nul \0 inside", "你好 👩‍👩‍👧", String(repeating: "x", count: 100_000)])
    func textsComeBackAsTheyWere(text: String) throws {
        let database = try made()
        let insert = try database.prepare("INSERT INTO t VALUES (?, ?)")
        insert.bind(1, 7)
        insert.bind(2, text)
        try insert.step()
        let select = try database.prepare("SELECT n, s FROM t")
        #expect(try select.step())
        #expect(select.integer(0) == 7 && select.text(1) == text)
        #expect(try !select.step())
    }

    @Test func nullIsNil() throws {
        let database = try made()
        let insert = try database.prepare("INSERT INTO t VALUES (1, ?)")
        insert.bind(1, nil)
        try insert.step()
        let select = try database.prepare("SELECT s FROM t")
        #expect(try select.step())
        #expect(select.text(0) == nil)
    }

    @Test func aTransactionThatThrowsIsUndone() throws {
        let database = try made()
        #expect(throws: SQLiteError.self) {
            try database.transaction { () throws(SQLiteError) in
                try database.execute("INSERT INTO t VALUES (1, 'a')")
                try database.execute("INSERT INTO t VALUES (2, 'a')")
            }
        }
        #expect(try database.integer("SELECT count(*) FROM t") == 0)
        try database.transaction { () throws(SQLiteError) in try database.execute("INSERT INTO t VALUES (1, 'a')") }
        #expect(try database.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func errorsAreDistinguished() throws {
        let missing = #expect(throws: SQLiteError.self) { try Database(path: "/nowhere/x") }
        #expect(missing?.cannotOpen == true && missing?.isCorrupt == false)
        let database = try made()
        try database.execute("PRAGMA max_page_count = 3")
        let full = #expect(throws: SQLiteError.self) {
            try database.execute("INSERT INTO t VALUES (1, hex(zeroblob(100000)))")
        }
        #expect(full?.isFull == true)
        let wrong = #expect(throws: SQLiteError.self) { try database.execute("NONSENSE") }
        #expect(wrong?.message.contains("NONSENSE") == true)
    }

    @Test func aRepeatedRowIsDistinguished() throws {
        let database = try Database(path: ":memory:")
        try database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT UNIQUE, x NOT NULL)")
        let insert = try database.prepare("INSERT INTO t (s, x) VALUES (?, ?)")
        func put(_ text: String?, _ number: String?) -> SQLiteError? {
            insert.bind(1, text)
            insert.bind(2, number)
            do throws(SQLiteError) { try insert.run() } catch { return error }
            return nil
        }
        #expect(put("a", "1") == nil)
        #expect(put("a", "1")?.isRepeated == true)
        #expect(put("b", nil)?.isRepeated == false)
        #expect(put("b", "1") == nil)
    }

    @Test func firstIsZeroWithoutARowAndLeavesTheStatementReady() throws {
        let database = try made()
        let count = try database.prepare("SELECT n FROM t WHERE n > ?")
        #expect(try count.first() == 0)
        try database.execute("INSERT INTO t VALUES (5, 'a')")
        for _ in 0..<2 {
            count.bind(1, 4)
            #expect(try count.first() == 5)
        }
    }

    @Test func aReadOnlyConnectionSeesCommitsAndWritesNothing() throws {
        let folder = FileManager.default.temporaryDirectory.path()
        let path = folder + "chatrelay-sqlite-\(UInt64.random(in: 0...UInt64.max))"
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        #expect(throws: SQLiteError.self) { try Database(path: path, isReadOnly: true) }
        let writer = try Database(path: path)
        try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (n)")
        let reader = try Database(path: path, isReadOnly: true)
        let refused = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
        #expect(refused?.isReadOnly == true)
        #expect(writer.logPages > 0)
        let counts = try reader.transaction { () throws(SQLiteError) in
            let first = try reader.integer("SELECT count(*) FROM t")
            try writer.execute("INSERT INTO t VALUES (1)")
            return (first, try reader.integer("SELECT count(*) FROM t"))
        }
        #expect(counts == (0, 0))
        #expect(try reader.integer("SELECT count(*) FROM t") == 1)
        #expect(try writer.checkpoint(.passive))
        try writer.execute("INSERT INTO t VALUES (2)")
        try reader.execute("BEGIN; SELECT * FROM t")
        #expect(try !writer.checkpoint(.truncating) && writer.logPages > 0)
        try reader.execute("COMMIT")
        #expect(try writer.checkpoint(.truncating) && writer.logPages == 0)
    }

    @Test func aStatementIsInterrupted() throws {
        let database = try made()
        let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
        var asked = 0
        database.interrupt(every: 100) {
            asked += 1
            return asked == 50
        }
        let ended = #expect(throws: SQLiteError.self) { try database.integer(endless) }
        #expect(ended?.isInterrupted == true && asked == 50)
        #expect(try database.integer("SELECT 7") == 7)
    }
}
