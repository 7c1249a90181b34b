// Gives out the sequence numbers, so that none means two things under one ledger id.
//
// Numbers are reserved in blocks, by a commit that is on the disk before the first number of the block is given out. Where the newest
// commits may be missing (after a power failure), the ledger goes on above the block. Where the file is a copy, or an older one
// than was used last, it gets a new id. What is known of the time before: meta's `reserved`, the mark on the file (LedgerMark), and
// what the crash records have seen.

internal import Host
internal import Linux
internal import SQLite

/// The newest entry that a process before has applied, by its crash records. Of a version that did not note it, the ledger is empty.
package struct LedgerPosition: Equatable, Sendable {
    package var ledger: String
    package var seq: UInt64

    package init(ledger: String, seq: UInt64) {
        self.ledger = ledger
        self.seq = seq
    }
}

/// How a ledger begins when it is opened.
package enum LedgerBeginning: Equatable, Sendable {
    /// All that was ever given out is there.
    case complete
    /// It was not closed in order, so the newest entries may be missing; it goes on above all numbers that may have been given out.
    case skipping(to: UInt64)
    /// It is a copy of a ledger, or the file is older than what was used last; it has a new id.
    case copied, older
}

final class SequenceNumbers {
    private let database: Database
    private let lock: LockedFile?
    private let isPowerSafe: Bool
    private let set: Statement
    private var mark: LedgerMark?
    /// The write-ahead log that SQLite has open.
    private var log: FileIdentity?
    /// The ledger's id.
    private(set) var ledger: String
    /// The number of the newest entry, also where retention has deleted it.
    var last: Int64
    /// Numbers up to this one may be given out.
    private var reserved: Int64
    /// The disk was full when the file was opened: nothing is noted in it yet.
    private var unbegun: LedgerHistory?
    let beginning: LedgerBeginning

    /// Reserves a block, and notes that this process has the ledger.
    /// - Parameters:
    ///   - found: nil for a ledger in memory, whose numbers end with it.
    ///   - seen: what is known from crash records.
    /// - Throws: SQLite's error; one of code SQLITE_CORRUPT for a ledger without a name.
    init(
        _ database: Database, _ found: FoundFile?, _ seen: LedgerPosition?, isPowerSafe: Bool
    ) throws(SQLiteError) {
        self.database = database
        self.isPowerSafe = isPowerSafe
        lock = found?.lock
        set = try database.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)")
        guard let name = try database.text("SELECT value FROM meta WHERE key = 'ledger'") else {
            throw .damaged("a ledger without a name")
        }
        let newest = try database.integer(
            """
            SELECT max(
              ifnull((SELECT max(seq) FROM events), 0), ifnull((SELECT max(seq) FROM positions), 0),
              (SELECT max(value) FROM meta WHERE key IN ('floor', 'given')))
            """)
        (ledger, last, reserved) = (name, newest, .max)
        guard let found else {
            beginning = .complete
            return
        }
        let file = LedgerHistory(
            ledger: ledger, last: last,
            reserved: try database.text("SELECT value FROM meta WHERE key = 'reserved'").flatMap { Int64($0) },
            nonce: try database.text("SELECT value FROM meta WHERE key = 'mark'"),
            isCopy: found.isCopy, hasLog: found.hasLog, inode: found.lock.identity.inode,
            boot: Process.bootIdentifier ?? "")
        beginning = file.beginning(found.mark, seen)
        // Until the first number is given out: on a full disk the ledger can be read.
        reserved = last
        do throws(SQLiteError) {
            try begin(file)
        } catch {
            guard error.isFull, beginning != .copied, beginning != .older else { throw error }
            unbegun = file
        }
    }

    private func begin(_ file: LedgerHistory) throws(SQLiteError) {
        var nonce = file.nonce ?? SequenceNumbers.random()
        try synced { () throws(SQLiteError) in
            switch beginning {
            case .complete: break
            case .skipping(let base):
                // Nothing between is to be indexed.
                try database.execute("UPDATE meta SET value = \(base) WHERE key = 'placed' AND value = \(last)")
                last = Int64(clamping: base)
                try put("given", last)
            case .copied, .older:
                (ledger, nonce) = (SequenceNumbers.random(), SequenceNumbers.random())
                try put("ledger", ledger)
            }
            reserved = last + LedgerLimits.reservedNumbers
            try put("reserved", reserved)
            try put("mark", nonce)
        }
        log = lock.flatMap { FileIdentity($0.path + "-wal") }
        mark = LedgerMark(
            nonce: nonce, inode: file.inode, boot: file.boot, process: Process.identifier, reserved: reserved,
            last: last)
        if let mark, lock?.setAttribute(LedgerMark.attribute, mark.bytes) == true {
            lock?.synchronize()
        } else {
            mark = nil
            try database.execute("DELETE FROM meta WHERE key = 'mark'")
        }
    }

    /// To be called before a transaction.
    /// - Parameter count: the entries in it.
    /// - Throws: SQLite's error where no more numbers can be reserved.
    func reserve(_ count: Int) throws(SQLiteError) {
        if let file = unbegun {
            try begin(file)
            unbegun = nil
        }
        guard lock != nil, last + Int64(count) > reserved else { return }
        let new = last + Int64(count) + LedgerLimits.reservedNumbers
        try synced { () throws(SQLiteError) in try put("reserved", new) }
        reserved = new
        mark?.reserved = new
        note()
    }

    /// To be called after a commit, and before anybody is told of it.
    func note() {
        mark?.last = last
        if let mark { lock?.setAttribute(LedgerMark.attribute, mark.bytes) }
    }

    /// Gives back what was reserved: the file is complete, and the next process goes on without a gap. The mark comes first: a file
    /// with fewer numbers than its mark is an older one.
    func close() {
        guard let lock, unbegun == nil else { return }
        mark?.reserved = last
        note()
        if mark != nil { lock.synchronize() }
        reserved = last
        try? put("reserved", last)
    }

    /// Whether the file and its log are still at their paths.
    var isInPlace: Bool {
        unbegun != nil || (lock.map { $0.isInPlace && FileIdentity($0.path + "-wal") == log } ?? true)
    }

    /// A transaction that is on the disk when this returns.
    private func synced(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        if !isPowerSafe { try database.execute("PRAGMA synchronous = FULL") }
        defer { if !isPowerSafe { try? database.execute("PRAGMA synchronous = NORMAL") } }
        try database.transaction(body)
    }

    private func put(_ key: String, _ value: Int64) throws(SQLiteError) {
        set.bind(1, key)
        set.bind(2, value)
        try set.run()
    }

    private func put(_ key: String, _ value: String) throws(SQLiteError) {
        set.bind(1, key)
        set.bind(2, value)
        try set.run()
    }

    /// Eight hexadecimal digits, as `lower(hex(randomblob(4)))` makes them.
    static func random() -> String {
        let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
