// The search index: texts go into it some time after their commit, and out of it with their entry.
//
// It keeps no text of its own (FTS5's contentless table), so what goes out must be said as it went in. FTS5 writes down that
// something is deleted, and forgets its words only when parts of the index are merged: after a withdrawal all are.

internal import Chat
internal import SQLite

final class SearchIndex {
    private let database: Database
    private let next: Statement
    private let insert: Statement
    private let delete: Statement
    private let keep: Statement
    private let mergeParts: Statement
    private let begin: Statement
    private let end: Statement
    /// All entries up to this number have been looked at.
    private var indexed: Int64
    /// As it is in the file.
    private var kept: Int64

    /// What is left to do, so that no word of a withdrawn text stays. In the file is only whether it was done.
    private enum Merging { case done, toBegin, currentSlot }
    private var merging: Merging

    init(_ database: Database) throws(SQLiteError) {
        self.database = database
        next = try database.prepare(
            "SELECT seq, text FROM events WHERE seq > ? ORDER BY seq LIMIT \(LedgerLimits.stepEntries)")
        insert = try database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)")
        delete = try database.prepare("INSERT INTO texts (texts, rowid, text) VALUES ('delete', ?, ?)")
        keep = try database.prepare("UPDATE meta SET value = ? WHERE key = 'indexed'")
        mergeParts = try database.prepare("INSERT INTO texts (texts, rank) VALUES ('merge', ?)")
        begin = try database.prepare("INSERT OR IGNORE INTO meta VALUES ('unmerged', 1)")
        end = try database.prepare("DELETE FROM meta WHERE key = 'unmerged'")
        merging = try database.integer("SELECT count(*) FROM meta WHERE key = 'unmerged'") == 0 ? .done : .toBegin
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

    /// Takes the text of a withdrawn message out, in the caller's transaction.
    func withdraw(_ text: String, of seq: Int64) throws(SQLiteError) {
        guard seq <= kept else { return }
        try remove(text, of: seq)
        try begin.run()
        merging = .toBegin
    }

    /// Merges some more, until all is one part. https://sqlite.org/fts5.html#the_merge_command
    /// - Returns: whether there was something to merge.
    func merge() throws(SQLiteError) -> Bool {
        guard merging != .done else { return false }
        let before = database.changes
        // Below zero all parts are to be merged, and not just those of a size.
        mergeParts.bind(1, merging == .toBegin ? -LedgerLimits.mergedPages : LedgerLimits.mergedPages)
        try mergeParts.run()
        if merging == .currentSlot, database.changes - before < 2 {
            try end.run()
            merging = .done
        } else {
            merging = .currentSlot
        }
        return true
    }

    /// Takes a text out, in the caller's transaction.
    func remove(_ text: String, of seq: Int64) throws(SQLiteError) {
        guard seq <= kept else { return }
        delete.bind(1, seq)
        delete.bind(2, SearchText.segmented(text))
        try delete.run()
    }
}
