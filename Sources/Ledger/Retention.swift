// Retention: deletes the oldest entries by age, number and size, always from the lowest sequence number on.
//
// Users are a table of their own and stay. The id of a deleted message is free again.

internal import Chat
internal import Host
internal import Primitives
internal import SQLite

final class Retention {
    private let database: Database
    private let index: SearchIndex
    private let oldest: Statement
    private let nextOfPast: Statement
    private let deleteEvents: Statement
    private let deletePrivates: Statement
    private let deleteReactions: Statement
    private let keepFloor: Statement
    private let pages: Statement
    private let freePages: Statement
    private let pageBytes: Int64

    /// 0 for no limit.
    private var keepMilliseconds: Int64 = 0
    private var keepMessages = 0
    private var keepBytes: Int64 = 0

    /// The numbers of entries and messages in the file; counted only where they are limited.
    private var entries = 0
    private var messages = 0
    /// The last answer of `nextOfPast`.
    private var past: (seq: Int64, at: Int64) = (0, 0)
    /// The next check by age, in milliseconds of the monotonic clock.
    private var nextAgeCheck = Int64.min

    init(_ database: Database, index: SearchIndex, _ settings: LedgerSettings) throws(SQLiteError) {
        self.database = database
        self.index = index
        oldest = try database.prepare(
            "SELECT seq, kind, user, peer, text, at FROM events ORDER BY seq LIMIT \(LedgerLimits.stepEntries)")
        nextOfPast = try database.prepare("SELECT seq, at FROM events WHERE seq > ? AND at <= ? ORDER BY seq LIMIT 1")
        deleteEvents = try database.prepare("DELETE FROM events WHERE seq <= ?")
        deletePrivates = try database.prepare("DELETE FROM privates WHERE user = ? AND seq = ?")
        deleteReactions = try database.prepare("DELETE FROM reactions WHERE message <= ?")
        keepFloor = try database.prepare("UPDATE meta SET value = ? WHERE key = 'floor'")
        pages = try database.prepare("PRAGMA page_count")
        freePages = try database.prepare("PRAGMA freelist_count")
        pageBytes = try database.integer("PRAGMA page_size")
        try reconfigure(settings)
    }

    /// Applies the limits; the rest of the settings has no effect.
    /// - Throws: SQLite's error where the entries can't be counted.
    func reconfigure(_ settings: LedgerSettings) throws(SQLiteError) {
        keepMilliseconds = Int64(settings.keepDays) * 86_400_000
        nextAgeCheck = .min
        let isDefault = settings.path == nil && settings.keepMessages == 0
        keepMessages = isDefault ? LedgerLimits.messagesInMemory : settings.keepMessages
        keepBytes = Int64(settings.keepMegabytes) << 20
        if keepMessages > 0 {
            entries = Int(try database.integer("SELECT count(*) FROM events"))
            messages = Int(try database.integer("SELECT count(*) FROM events WHERE text IS NOT NULL"))
        }
    }

    /// Whether entries expire by age, so that time alone makes a step due.
    var isByAge: Bool { keepMilliseconds > 0 }

    /// Counts committed entries.
    func count(_ outcomes: [LedgerOutcome]) {
        guard keepMessages > 0 else { return }
        for case .committed(let committed, _) in outcomes {
            entries += 1
            if Row.text(of: committed.entry) != nil { messages += 1 }
            if case .change(let change) = committed.entry, change.kind == .deletion { messages -= 1 }
        }
    }

    /// Whether the excess is so large that new entries must wait for a step.
    func isBehind() throws(SQLiteError) -> Bool {
        let excess = max(excessMessages, excessEntries)
        let bytes = try excessBytes()
        return excess >= LedgerLimits.stepEntries || bytes >= LedgerLimits.freePages * pageBytes
    }

    /// Deletes some expired entries, in a transaction.
    /// - Parameter isByAge: whether entries may be deleted by age now.
    /// - Returns: the sequence number up to which all entries are deleted now; nil where none has expired.
    /// - Throws: SQLite's error; then nothing is deleted.
    func step(_ now: Moment, isByAge: Bool) throws(SQLiteError) -> UInt64? {
        let expired = try expired(now, isByAge: isByAge)
        guard let last = expired.last else { return nil }
        try database.transaction { () throws(SQLiteError) in
            for entry in expired {
                if let text = entry.text { try index.remove(text, of: entry.seq) }
                for user in entry.privateOf {
                    deletePrivates.bind(1, user)
                    deletePrivates.bind(2, entry.seq)
                    try deletePrivates.run()
                }
            }
            deleteEvents.bind(1, last.seq)
            try deleteEvents.run()
            deleteReactions.bind(1, last.seq)
            try deleteReactions.run()
            keepFloor.bind(1, last.seq)
            try keepFloor.run()
        }
        if keepMessages > 0 {
            entries -= expired.count
            messages -= expired.count { $0.text != nil }
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

    private struct ExpiredEntry {
        var seq: Int64
        var text: String?
        /// The users whose rows in `privates` are deleted with the entry.
        var privateOf: Set<Int64>
    }

    /// When an entry was made. One that was made while the clock was ahead must not keep all later ones: it counts as made with
    /// the next one of the past.
    private func time(of seq: Int64, at: Int64, _ now: Moment) throws(SQLiteError) -> Int64 {
        let latest = now.wall + ClockJumpDetector.tolerance
        guard at > latest else { return at }
        if past.seq <= seq {
            defer { nextOfPast.reset() }
            nextOfPast.bind(1, seq)
            nextOfPast.bind(2, latest)
            past = try nextOfPast.step() ? (nextOfPast.integer(0), nextOfPast.integer(1)) : (0, at)
        }
        return past.at
    }

    /// The entries that the next step deletes.
    private func expired(_ now: Moment, isByAge mayAge: Bool) throws(SQLiteError) -> [ExpiredEntry] {
        var excessMessages = excessMessages
        var excessEntries = excessEntries
        var excessBytes = try excessBytes()
        let isAgeDue = mayAge && isByAge && now.monotonic >= nextAgeCheck
        guard isAgeDue || max(excessMessages, excessEntries) > 0 || excessBytes > 0 else { return [] }
        var expired: [ExpiredEntry] = []
        var bytes = 0
        defer { oldest.reset() }
        while bytes < LedgerLimits.stepBytes, try oldest.step() {
            let time = isAgeDue ? try time(of: oldest.integer(0), at: oldest.integer(5), now) : .max
            let isOld = time < now.wall - keepMilliseconds
            guard isOld || max(excessMessages, excessEntries) > 0 || excessBytes > 0 else {
                if isAgeDue { nextAgeCheck = now.monotonic + LedgerLimits.ageCheckMilliseconds }
                break
            }
            // A change of a private message has rows too.
            let isPrivate = oldest.integer(1) == EventKind.private || oldest.integer(3) != 0
            let entry = ExpiredEntry(
                seq: oldest.integer(0), text: oldest.text(4),
                privateOf: isPrivate ? [oldest.integer(2), oldest.integer(3)] : [])
            expired.append(entry)
            let count = entry.text?.utf8.count ?? 0
            bytes += count
            excessEntries -= 1
            excessMessages -= entry.text == nil ? 0 : 1
            excessBytes -= Int64(count + LedgerLimits.entryBytes)
        }
        if expired.isEmpty { nextAgeCheck = now.monotonic + LedgerLimits.ageCheckMilliseconds }
        return expired
    }
}
