// Which private messages are whose: their rows in `privates`, one for each side, are written some time after the messages'
// commit, many in one transaction. A commit that must be over before anyone hears of it writes as few pages as can be: with
// both sides' rows and index it would be three times as many. Until then questions look through the newest events besides.

internal import Chat
internal import SQLite

final class PrivatesTable {
    private let database: Database
    private let placeSenders: Statement
    private let placePeers: Statement
    private let keep: Statement
    /// All entries up to this number have their rows; meta's `placed`.
    private var placed: Int64
    /// The newest entry.
    private var last: Int64
    /// Whether any between the two may need rows.
    private var isNeeded: Bool

    init(_ database: Database, last: Int64) throws(SQLiteError) {
        self.database = database
        self.last = last
        let isDue = "seq > ? AND seq <= ? AND \(Row.isOfTwo)"
        placeSenders = try database.prepare(
            "INSERT INTO privates (user, seq, peer) SELECT user, seq, peer FROM events WHERE \(isDue)")
        placePeers = try database.prepare(
            "INSERT INTO privates (user, seq, peer) SELECT peer, seq, user FROM events WHERE \(isDue) AND user <> peer")
        keep = try database.prepare("UPDATE meta SET value = ? WHERE key = 'placed'")
        placed = try database.integer("SELECT value FROM meta WHERE key = 'placed'")
        isNeeded = last > placed
    }

    /// Counts what was committed.
    func count(_ outcomes: [Outcome]) {
        for case .committed(let committed, _) in outcomes {
            last = Int64(clamping: committed.seq)
            switch committed.entry {
            case .private: isNeeded = true
            case .deletion(let deletion):
                if case .between = deletion.audience { isNeeded = true }
            default: break
            }
        }
    }

    /// Whether questions have so much to look through that the entries that come must wait for a step.
    var isBehind: Bool { last - placed >= LedgerLimits.unplacedEntries }

    /// Gives some more their rows, in a transaction.
    /// - Returns: whether there was anything to do.
    func step() throws(SQLiteError) -> Bool {
        guard last > placed, isNeeded || isBehind else { return false }
        let end = isNeeded ? min(last, placed + LedgerLimits.placedEntries) : last
        try database.transaction { () throws(SQLiteError) in
            if isNeeded {
                for statement in [placeSenders, placePeers] {
                    statement.bind(1, placed)
                    statement.bind(2, end)
                    try statement.run()
                }
            }
            keep.bind(1, end)
            try keep.run()
        }
        placed = end
        if end == last { isNeeded = false }
        return true
    }
}
