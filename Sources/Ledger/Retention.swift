// What is kept: the oldest entries are deleted by age, number and size, always from the beginning of the order.
//
// The users are a table of their own and stay. An id whose message is deleted is not known any more.

internal import Chat
internal import Host
internal import SQLite

final class Retention {
    private let database: Database
    private let index: SearchIndex
    private let oldest: Statement
    private let deleteEvents: Statement
    private let deletePrivates: Statement
    private let keepFloor: Statement
    private let pages: Statement
    private let freePages: Statement
    private let pageBytes: Int64

    /// 0 for no limit.
    private var keepMilliseconds: Int64 = 0
    private var keepMessages = 0
    private var keepBytes: Int64 = 0

    /// How many there are; counted only where they are limited.
    private var entries = 0
    private var messages = 0
    /// When to look for old entries again, in milliseconds of the monotonic clock.
    private var nextLook = Int64.min

    init(_ database: Database, index: SearchIndex, _ settings: LedgerSettings) throws(SQLiteError) {
        self.database = database
        self.index = index
        oldest = try database.prepare(
            "SELECT seq, kind, user, peer, text, at FROM events ORDER BY seq LIMIT \(LedgerLimits.stepEntries)")
        deleteEvents = try database.prepare("DELETE FROM events WHERE seq <= ?")
        deletePrivates = try database.prepare("DELETE FROM privates WHERE user = ? AND seq = ?")
        keepFloor = try database.prepare("UPDATE meta SET value = ? WHERE key = 'floor'")
        pages = try database.prepare("PRAGMA page_count")
        freePages = try database.prepare("PRAGMA freelist_count")
        pageBytes = try database.integer("PRAGMA page_size")
        try reconfigure(settings)
    }

    /// Takes over what may be kept.
    func reconfigure(_ settings: LedgerSettings) throws(SQLiteError) {
        keepMilliseconds = Int64(settings.keepDays) * 86_400_000
        nextLook = .min
        let isUnlimited = settings.path != nil || settings.keepMessages > 0
        keepMessages = isUnlimited ? settings.keepMessages : LedgerLimits.messagesInMemory
        keepBytes = Int64(settings.keepMegabytes) << 20
        if keepMessages > 0 {
            entries = Int(try database.integer("SELECT count(*) FROM events"))
            messages = Int(try database.integer("SELECT count(*) FROM events WHERE text IS NOT NULL"))
        }
    }

    /// Whether entries get too old without anything being done.
    var looks: Bool { keepMilliseconds > 0 }

    /// Counts what was committed.
    func count(_ outcomes: [LedgerOutcome]) {
        guard keepMessages > 0 else { return }
        for case .committed(let committed, _) in outcomes {
            entries += 1
            if committed.entry.text != nil { messages += 1 }
            if case .deletion = committed.entry { messages -= 1 }
        }
    }

    /// Whether there is so much too much that the entries that come must wait for it.
    func isBehind() throws(SQLiteError) -> Bool {
        let excess = max(excessMessages, excessEntries)
        let bytes = try excessBytes()
        return excess >= LedgerLimits.stepEntries || bytes >= LedgerLimits.freePages * pageBytes
    }

    /// Deletes some of what is too much, in a transaction.
    /// - Returns: the number up to which all is deleted; nothing where nothing had to be.
    func step(_ now: Moment) throws(SQLiteError) -> UInt64? {
        let doomed = try doomed(now)
        guard let last = doomed.last else { return nil }
        try database.transaction { () throws(SQLiteError) in
            for entry in doomed {
                if let text = entry.text { try index.remove(text, of: entry.seq) }
                for user in entry.privateOf {
                    deletePrivates.bind(1, user)
                    deletePrivates.bind(2, entry.seq)
                    try deletePrivates.run()
                }
            }
            deleteEvents.bind(1, last.seq)
            try deleteEvents.run()
            keepFloor.bind(1, last.seq)
            try keepFloor.run()
        }
        if keepMessages > 0 {
            entries -= doomed.count
            messages -= doomed.count { $0.text != nil }
        }
        return UInt64(clamping: last.seq)
    }

    private var excessMessages: Int { keepMessages > 0 ? messages - keepMessages : 0 }

    private var excessEntries: Int {
        keepMessages > 0 ? entries - LedgerLimits.entriesForEachMessage * keepMessages : 0
    }

    private func excessBytes() throws(SQLiteError) -> Int64 {
        guard keepBytes > 0 else { return 0 }
        return try (pages.first() - freePages.first()) * pageBytes - keepBytes
    }

    private struct Doomed {
        var seq: Int64
        var text: String?
        /// Whose row in `privates` goes with it.
        var privateOf: Set<Int64>
    }

    /// The next to be deleted.
    private func doomed(_ now: Moment) throws(SQLiteError) -> [Doomed] {
        var excessMessages = excessMessages
        var excessEntries = excessEntries
        var excessBytes = try excessBytes()
        let looks = looks && now.monotonic >= nextLook
        guard looks || max(excessMessages, excessEntries) > 0 || excessBytes > 0 else { return [] }
        var doomed: [Doomed] = []
        var bytes = 0
        defer { oldest.reset() }
        while bytes < LedgerLimits.stepBytes, try oldest.step() {
            let isOld = looks && oldest.integer(5) < now.wall - keepMilliseconds
            guard isOld || max(excessMessages, excessEntries) > 0 || excessBytes > 0 else {
                if looks { nextLook = now.monotonic + LedgerLimits.lookMilliseconds }
                break
            }
            // A withdrawal of a private message has its rows, too.
            let isPrivate = oldest.integer(1) == EventKind.private || oldest.integer(3) != 0
            let entry = Doomed(
                seq: oldest.integer(0), text: oldest.text(4),
                privateOf: isPrivate ? [oldest.integer(2), oldest.integer(3)] : [])
            doomed.append(entry)
            let count = entry.text?.utf8.count ?? 0
            bytes += count
            excessEntries -= 1
            excessMessages -= entry.text == nil ? 0 : 1
            excessBytes -= Int64(count + LedgerLimits.entryBytes)
        }
        if doomed.isEmpty { nextLook = now.monotonic + LedgerLimits.lookMilliseconds }
        return doomed
    }
}
