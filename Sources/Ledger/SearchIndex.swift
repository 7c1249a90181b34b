// The search index: texts go into it some time after their commit, and out of it with their entry.
//
// It keeps no text of its own (FTS5's contentless table), so what goes out must be said as it went in.

internal import Chat
internal import SQLite

final class SearchIndex {
    private let database: Database
    private let next: Statement
    private let insert: Statement
    private let delete: Statement
    private let keep: Statement
    /// All entries up to this number have been looked at.
    private var indexed: Int64
    /// As it is in the file.
    private var kept: Int64

    init(_ database: Database) throws(SQLiteError) {
        self.database = database
        next = try database.prepare(
            "SELECT seq, text FROM events WHERE seq > ? ORDER BY seq LIMIT \(LedgerLimits.stepEntries)")
        insert = try database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)")
        delete = try database.prepare("INSERT INTO texts (texts, rowid, text) VALUES ('delete', ?, ?)")
        keep = try database.prepare("UPDATE meta SET value = ? WHERE key = 'indexed'")
        kept = try database.integer("SELECT value FROM meta WHERE key = 'indexed'")
        indexed = kept
    }

    /// Takes some more texts in, in a transaction.
    /// - Returns: whether there were entries to look at.
    func step() throws(SQLiteError) -> Bool {
        let texts = try texts()
        guard let last = texts.last?.seq else { return false }
        if texts.contains(where: { $0.text != nil }) {
            try database.transaction { () throws(SQLiteError) in
                for case (let seq, let text?) in texts {
                    insert.bind(1, seq)
                    insert.bind(2, SearchText.segmented(text))
                    try insert.run()
                }
                keep.bind(1, last)
                try keep.run()
            }
            kept = last
        }
        indexed = last
        return true
    }

    private func texts() throws(SQLiteError) -> [(seq: Int64, text: String?)] {
        defer { next.reset() }
        next.bind(1, indexed)
        var texts: [(seq: Int64, text: String?)] = []
        var bytes = 0
        while bytes < LedgerLimits.stepBytes, try next.step() {
            texts.append((next.integer(0), next.text(1)))
            bytes += texts.last?.text?.utf8.count ?? 0
        }
        return texts
    }

    /// Takes a text out, in the caller's transaction.
    func remove(_ text: String, of seq: Int64) throws(SQLiteError) {
        guard seq <= kept else { return }
        delete.bind(1, seq)
        delete.bind(2, SearchText.segmented(text))
        try delete.run()
    }
}
