// The search index. A text is inserted some time after its commit, and deleted with its entry.
//
// The index is a contentless table of FTS5, which stores no text: to delete a text, it must be given as it was inserted.
// FTS5 first only marks the text as deleted, and drops its words when segments of the index are merged. So after the
// deletion of a message all segments are merged.

internal import Chat
internal import SQLite

final class SearchIndex {
    private let database: Database
    private let next: Statement
    private let insert: Statement
    private let delete: Statement
    private let keep: Statement
    private let mergeSegments: Statement
    private let begin: Statement
    private let end: Statement
    /// All entries up to this number were read.
    private var indexed: Int64
    /// The same as the file has it, which lags where entries have no text.
    private var stored: Int64

    /// The progress of the merge after a deletion. The file only has whether it is done.
    private enum Merging { case done, pending, inProgress }
    private var merging: Merging

    init(_ database: Database) throws(SQLiteError) {
        self.database = database
        next = try database.prepare(
            "SELECT seq, text FROM events WHERE seq > ? ORDER BY seq LIMIT \(LedgerLimits.stepEntries)")
        insert = try database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)")
        delete = try database.prepare("INSERT INTO texts (texts, rowid, text) VALUES ('delete', ?, ?)")
        keep = try database.prepare("UPDATE meta SET value = ? WHERE key = 'indexed'")
        mergeSegments = try database.prepare("INSERT INTO texts (texts, rank) VALUES ('merge', ?)")
        begin = try database.prepare("INSERT OR IGNORE INTO meta VALUES ('unmerged', 1)")
        end = try database.prepare("DELETE FROM meta WHERE key = 'unmerged'")
        merging = try database.integer("SELECT count(*) FROM meta WHERE key = 'unmerged'") == 0 ? .done : .pending
        stored = try database.integer("SELECT value FROM meta WHERE key = 'indexed'")
        indexed = stored
    }

    /// Inserts some more texts, in a transaction.
    /// - Returns: whether there were entries to read.
    /// - Throws: SQLite's error; then no text is inserted.
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
            stored = last
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

    /// Removes the text of a deleted message and makes a merge due, in the caller's transaction.
    func erase(_ text: String, of seq: Int64) throws(SQLiteError) {
        guard seq <= stored else { return }
        try remove(text, of: seq)
        try begin.run()
        merging = .pending
    }

    /// Replaces the text of a message and makes a merge due, in the caller's transaction. A text that is not in the index yet is read
    /// later.
    func replace(_ old: String, _ new: String, of seq: Int64) throws(SQLiteError) {
        guard seq <= stored else { return }
        try erase(old, of: seq)
        insert.bind(1, seq)
        insert.bind(2, SearchText.segmented(new))
        try insert.run()
    }

    /// Merges some more pages, until the index is one segment. https://sqlite.org/fts5.html#the_merge_command
    /// - Returns: whether there was anything to merge.
    /// - Throws: SQLite's error.
    func merge() throws(SQLiteError) -> Bool {
        guard merging != .done else { return false }
        let before = database.changes
        // A negative number begins a merge of all segments, whatever their level.
        mergeSegments.bind(1, merging == .pending ? -LedgerLimits.mergedPages : LedgerLimits.mergedPages)
        try mergeSegments.run()
        // Fewer than two changes: the merge had nothing to do.
        if merging == .inProgress, database.changes - before < 2 {
            try end.run()
            merging = .done
        } else {
            merging = .inProgress
        }
        return true
    }

    /// Removes a text, in the caller's transaction.
    func remove(_ text: String, of seq: Int64) throws(SQLiteError) {
        guard seq <= stored else { return }
        delete.bind(1, seq)
        delete.bind(2, SearchText.segmented(text))
        try delete.run()
    }
}
