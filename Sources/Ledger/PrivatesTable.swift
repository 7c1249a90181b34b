// The index of private messages by user. Maintenance writes a message's rows in `privates`, one for each side, after its
// commit and many in one transaction: in the commit itself they would triple the pages that it writes, and the message's
// delivery waits for the commit. Until then queries also scan the newest rows of `events`.

internal import Chat
internal import Host
internal import SQLite

final class PrivatesTable {
    private let database: Database
    private let indexSenders: Statement
    private let indexPeers: Statement
    private let keep: Statement
    /// All entries up to this number have their rows; meta's `placed`.
    private var indexed: Int64
    /// The newest entry.
    private var last: Int64
    /// Whether an entry between the two may need rows.
    private var isNeeded: Bool

    init(_ database: Database, last: Int64) throws(SQLiteError) {
        self.database = database
        self.last = last
        let isDue = "seq > ? AND seq <= ? AND \(Row.isPrivate)"
        indexSenders = try database.prepare(
            "INSERT INTO privates (user, seq, peer) SELECT user, seq, peer FROM events WHERE \(isDue)")
        indexPeers = try database.prepare(
            "INSERT INTO privates (user, seq, peer) SELECT peer, seq, user FROM events WHERE \(isDue) AND user <> peer")
        keep = try database.prepare("UPDATE meta SET value = ? WHERE key = 'placed'")
        indexed = try database.integer("SELECT value FROM meta WHERE key = 'placed'")
        isNeeded = last > indexed
    }

    /// Notes committed entries.
    func count(_ outcomes: [LedgerOutcome]) {
        for case .committed(let committed, _) in outcomes {
            last = Int64(clamping: committed.seq)
            switch committed.entry {
            case .private: isNeeded = true
            case .change(let change):
                if case .between = change.audience { isNeeded = true }
            default: break
            }
        }
    }

    /// Whether so many entries lack their rows that new entries must wait for a step.
    var isBehind: Bool { last - indexed >= LedgerLimits.unindexedPrivates }

    /// Writes the rows of some more entries, in a transaction.
    /// - Returns: whether there was anything to do.
    /// - Throws: SQLite's error; then no row is written.
    func step() throws(SQLiteError) -> Bool {
        guard last > indexed, isNeeded || isBehind else { return false }
        let end = isNeeded ? min(last, indexed + LedgerLimits.indexedPrivates) : last
        try database.transaction { () throws(SQLiteError) in
            if isNeeded {
                for statement in [indexSenders, indexPeers] {
                    statement.bind(1, indexed)
                    statement.bind(2, end)
                    try statement.run()
                }
            }
            keep.bind(1, end)
            try keep.run()
        }
        indexed = end
        if end == last { isNeeded = false }
        return true
    }
}
