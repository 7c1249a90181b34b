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
        #expect(database.lastInsertedRow == 7)
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

    @Test func errorsAreToldApart() throws {
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
}
