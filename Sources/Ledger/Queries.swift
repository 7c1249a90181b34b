// Answers queries in two steps: first the sequence numbers, one more than the limit so that `more` is exact, then the rows.
// Both steps are one read transaction, which ends with the answer: an open one would prevent checkpoints.

internal import Chat
internal import Host
internal import Linux
internal import SQLite

final class Queries {
    private let database: Database
    private let place: String
    private let row: Statement
    private let reactions: Statement
    private let positions: Statement
    private let floor: Statement
    private let pages: Pages
    private let search: MessageSearch
    /// When SQLite must cancel the current query, in milliseconds of the monotonic clock.
    private let deadline = Deadline()

    private struct Pages {
        let room: Statement
        let messagesAfter: Statement
        let conversation: Statement
        let privates: Statement
        let roomAfter: Statement
        let privatesAfter: Statement
        let announcementsAfter: Statement
        let roomCount: Statement
        let privatesCount: Statement
        let announcementsCount: Statement
    }

    private final class Deadline {
        var time = Int64.max
    }

    /// - Parameters:
    ///   - place: the ledger's name in error messages.
    ///   - isEnding: returns true to cancel the current query.
    /// - Throws: SQLite's error where the tables are not those of `LedgerSchema`.
    init(_ database: Database, place: String, isEnding: @escaping () -> Bool) throws(SQLiteError) {
        self.database = database
        self.place = place
        row = try database.prepare("SELECT \(Row.columns) FROM events WHERE seq = ?")
        reactions = try database.prepare(ChangeTables.reactionsOfMessage)
        positions = try database.prepare(PositionsTable.positionsAfter)
        floor = try database.prepare("SELECT value FROM meta WHERE key = 'floor'")
        let isMessage = "kind IN \(EventKind.messages)"
        let before = "seq < ? ORDER BY seq DESC LIMIT ?"
        let after = "seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        let count = "seq > ? AND seq <= ? LIMIT ?"
        let isAnnouncement = "kind = \(EventKind.announcement)"
        let privates = """
            SELECT seq FROM privates WHERE user = ?1 AND seq > ?2 AND seq <= ?3
            UNION ALL SELECT seq FROM events WHERE \(Row.isUnindexed) AND ?1 IN (user, peer) AND seq > ?2 AND seq <= ?3
            """
        let room = """
            SELECT seq FROM events WHERE room = ?1 AND seq > ?2 AND seq <= ?3
            UNION ALL SELECT seq FROM events WHERE place = ?1 AND seq > ?2 AND seq <= ?3
            """
        pages = Pages(
            room: try database.prepare("SELECT seq FROM events WHERE room = ? AND \(isMessage) AND \(before)"),
            messagesAfter: try database.prepare(
                "SELECT seq FROM events WHERE room = ? AND \(isMessage) AND seq > ? ORDER BY seq LIMIT ?"),
            conversation: try database.prepare(
                """
                SELECT seq FROM privates JOIN events USING (seq)
                  WHERE privates.user = ?1 AND privates.peer = ?2 AND \(isMessage) AND seq < ?3
                UNION ALL SELECT seq FROM events
                  WHERE \(Row.isUnindexed) AND \(isMessage) AND seq < ?3 AND (user = ?1 AND peer = ?2 OR user = ?2 AND peer = ?1)
                ORDER BY seq DESC LIMIT ?4
                """),
            privates: try database.prepare(
                """
                SELECT seq FROM privates JOIN events USING (seq) WHERE privates.user = ?1 AND \(isMessage) AND seq < ?2
                UNION ALL SELECT seq FROM events WHERE \(Row.isUnindexed) AND ?1 IN (user, peer) AND \(isMessage) AND seq < ?2
                ORDER BY seq DESC LIMIT ?3
                """),
            roomAfter: try database.prepare("\(room) ORDER BY seq LIMIT ?4"),
            privatesAfter: try database.prepare("\(privates) ORDER BY seq LIMIT ?4"),
            announcementsAfter: try database.prepare("SELECT seq FROM events WHERE \(isAnnouncement) AND \(after)"),
            roomCount: try database.prepare("SELECT count(*) FROM (\(room) LIMIT ?4)"),
            privatesCount: try database.prepare("SELECT count(*) FROM (\(privates) LIMIT ?4)"),
            announcementsCount: try database.prepare(
                "SELECT count(*) FROM (SELECT 1 FROM events WHERE \(isAnnouncement) AND \(count))"))
        search = try MessageSearch(
            database,
            MessageSearch.SourceStatements(room: pages.room, conversation: pages.conversation, privates: pages.privates)
        )
        let deadline = deadline
        database.interrupt(every: LedgerLimits.queryInstructions) {
            deadline.time < .max && (isEnding() || Clock.monotonic > deadline.time)
        }
    }

    /// - Parameter milliseconds: how long the query may take.
    /// - Returns: `.failed` with one sentence where the query took longer or the ledger can't be read.
    func answer(_ query: Query, within milliseconds: Int64 = LedgerLimits.queryMilliseconds) -> Answer {
        deadline.time = Clock.monotonic + milliseconds
        defer { deadline.time = .max }
        do throws(SQLiteError) {
            return try database.transaction { () throws(SQLiteError) in
                switch query {
                case .page(let source, let before, let limit):
                    try page(source, before: Int64(clamping: before), limit)
                case .after(let room, let after, let limit):
                    try messages(room, after: Int64(clamping: after), limit)
                case .missed(let user, let rooms, let after, let upTo, let limit, let atMost):
                    try missed(user, Set(rooms), Int64(clamping: after), Int64(clamping: upTo), limit, atMost)
                case .positions(let user, let after):
                    .entries(try PositionsTable.positions(of: user, after: after, by: positions), more: false)
                case .search(let words, let user, let rooms, let privates, let before, let limit):
                    try search(
                        MessageSearch.SearchRequest(
                            words: words, user: user, rooms: Set(rooms), privates: privates,
                            before: Int64(clamping: before)),
                        limit, within: milliseconds)
                }
            }
        } catch {
            guard !error.isInterrupted else {
                return .failed("A ledger query took longer than \(milliseconds) ms and was cancelled.")
            }
            return .failed(ledgerError(error, place: place).description)
        }
    }

    private func page(_ source: Query.Source, before: Int64, _ limit: Int) throws(SQLiteError) -> Answer {
        let seqs: [Int64]
        let rest = [before, Int64(limit + 1)]
        switch source {
        case .room(let room):
            pages.room.bind(1, room)
            seqs = try pages.room.integers(rest, from: 2)
        case .conversation(let user, let peer):
            seqs = try pages.conversation.integers([Row.number(of: user), Row.number(of: peer)] + rest)
        case .privates(let user): seqs = try pages.privates.integers([Row.number(of: user)] + rest)
        }
        let (entries, more) = try entries(seqs, limit, withReactions: true)
        return .entries(entries.reversed(), more: more)
    }

    private func messages(_ room: String, after: Int64, _ limit: Int) throws(SQLiteError) -> Answer {
        pages.messagesAfter.bind(1, room)
        let seqs = try pages.messagesAfter.integers([after, Int64(limit + 1)], from: 2)
        let (entries, more) = try entries(seqs, limit, withReactions: true)
        return .entries(entries, more: more)
    }

    private func missed(
        _ user: UserID, _ rooms: Set<String>, _ after: Int64, _ upTo: Int64, _ limit: Int, _ atMost: Int
    ) throws(SQLiteError) -> Answer {
        guard try floor.integers([]).allSatisfy({ $0 <= after }) else { return .tooMany }
        // Each count stops at one above the limit.
        var left = atMost
        for room in rooms where left >= 0 {
            pages.roomCount.bind(1, room)
            left -= Int(try pages.roomCount.integers([after, upTo, Int64(left + 1)], from: 2).first ?? 0)
        }
        if left >= 0 {
            left -= Int(
                try pages.privatesCount.integers([Row.number(of: user), after, upTo, Int64(left + 1)]).first ?? 0)
        }
        if left >= 0 { left -= Int(try pages.announcementsCount.integers([after, upTo, Int64(left + 1)]).first ?? 0) }
        guard left >= 0 else { return .tooMany }
        let rest = [after, upTo, Int64(limit + 1)]
        var seqs =
            try pages.privatesAfter.integers([Row.number(of: user)] + rest) + pages.announcementsAfter.integers(rest)
        for room in rooms {
            pages.roomAfter.bind(1, room)
            seqs += try pages.roomAfter.integers(rest, from: 2)
        }
        let (entries, more) = try entries(seqs.sorted(), limit)
        return .entries(entries, more: more)
    }

    private func search(
        _ request: MessageSearch.SearchRequest, _ limit: Int, within milliseconds: Int64
    ) throws(SQLiteError) -> Answer {
        let found = try search.find(request, limit: limit, within: min(milliseconds, LedgerLimits.searchMilliseconds)) {
            deadline.time = $0
        }
        let (entries, more) = try entries(found.seqs, limit, withReactions: true)
        guard let end = found.end, !more else { return .entries(entries, more: more) }
        return .part(entries, before: UInt64(clamping: end))
    }

    /// Reads the entries with these sequence numbers, as many as the limits allow; `more` is whether any is left.
    private func entries(
        _ seqs: [Int64], _ limit: Int, withReactions: Bool = false
    ) throws(SQLiteError) -> (entries: [Committed], more: Bool) {
        var entries: [Committed] = []
        var bytes = 0
        for seq in seqs {
            defer { row.reset() }
            row.bind(1, seq)
            guard try row.step(), var committed = Row.committed(row), !committed.entry.isDeleted else { continue }
            if withReactions { try ChangeTables.addReactions(to: &committed, by: reactions) }
            bytes += Row.bytes(of: committed.entry) + (committed.entry.details?.reactions.jsonBytes ?? 0)
            let fits = entries.isEmpty || bytes <= ChatLimits.pageBytes
            guard fits, entries.count < limit else { return (entries, true) }
            entries.append(committed)
        }
        return (entries, false)
    }
}
