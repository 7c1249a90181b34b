// Finds the newest messages with all words, in bounded time.
//
// The index is fast for most words, but not for a word that begins in very many messages: FTS5 collects all matches of a prefix before
// it gives the newest. Such a word is found soon by reading the newest messages instead. So a search reads some messages first, then
// asks the index for a limited time, and where that was too short it goes on reading until its own time is over.

internal import Chat
internal import Linux
internal import SQLite

final class MessageSearch {
    /// What to look for.
    struct SearchRequest {
        let words: String
        let user: UserID
        let rooms: Set<String>
        let privates: Query.Privates
        /// Only messages with lower sequence numbers.
        let before: Int64
    }

    /// The sequence numbers of what was found, the newest first; one more than the limit where there are more.
    struct SearchMatches {
        var seqs: [Int64] = []
        /// Everything from this number on was looked at; nil where everything was.
        var end: Int64?
    }

    /// The statements that find the newest messages of a source below a number.
    struct SourceStatements {
        let room: Statement
        let conversation: Statement
        let privates: Statement
    }

    private let database: Database
    private let sources: SourceStatements
    private let text: Statement
    private let insert: Statement
    private let match: Statement
    private let clear: Statement

    /// - Throws: SQLite's error where the tables are not those of `LedgerSchema`.
    init(_ database: Database, _ sources: SourceStatements) throws(SQLiteError) {
        self.database = database
        self.sources = sources
        // The messages that are read are matched as the index would: by an index of them in memory.
        try database.execute("PRAGMA temp_store = MEMORY; \(LedgerSchema.texts(named: "temp.scanned"))")
        text = try database.prepare("SELECT text FROM events WHERE seq = ?")
        insert = try database.prepare("INSERT INTO temp.scanned (rowid, text) VALUES (?, ?)")
        match = try database.prepare("SELECT rowid FROM temp.scanned WHERE scanned MATCH ? ORDER BY rowid DESC")
        clear = try database.prepare("INSERT INTO temp.scanned (scanned) VALUES ('delete-all')")
    }

    /// - Parameters:
    ///   - limit: how many are wanted.
    ///   - interrupt: sets the time at which SQLite cancels a statement, in milliseconds of the monotonic clock.
    ///   - milliseconds: how long the search may take.
    func find(
        _ request: SearchRequest, limit: Int, within milliseconds: Int64, interrupt: (Int64) -> Void
    ) throws(SQLiteError) -> SearchMatches {
        guard let expression = SearchText.expression(request.words) else { return SearchMatches() }
        let start = Clock.monotonic
        var found = SearchMatches(end: request.before)
        interrupt(start + LedgerLimits.queryMilliseconds)
        try scan(LedgerLimits.searchedFirst, expression, request, into: &found)
        guard found.seqs.count <= limit, let end = found.end else { return found }
        do throws(SQLiteError) {
            interrupt(start + min(LedgerLimits.indexMilliseconds, milliseconds))
            found.seqs += try indexed(expression, request, before: end, limit + 1 - found.seqs.count)
            found.end = nil
            return found
        } catch {
            guard error.isInterrupted, Clock.monotonic >= start + min(LedgerLimits.indexMilliseconds, milliseconds)
            else { throw error }
        }
        repeat {
            // Far above what one step takes: for a disk that hangs.
            interrupt(Clock.monotonic + LedgerLimits.queryMilliseconds)
            try scan(LedgerLimits.searchedAtOnce, expression, request, into: &found)
        } while found.seqs.count <= limit && found.end != nil && Clock.monotonic < start + milliseconds
        return found
    }

    /// Reads the next messages below `found.end`, and adds those that match.
    private func scan(
        _ count: Int, _ expression: String, _ request: SearchRequest, into found: inout SearchMatches
    ) throws(SQLiteError) {
        let seqs = try newest(count, request, before: found.end ?? 0)
        for seq in seqs {
            text.bind(1, seq)
            defer { text.reset() }
            guard try text.step(), let words = text.text(0) else { continue }
            insert.bind(1, seq)
            insert.bind(2, SearchText.segmented(words))
            try insert.run()
        }
        match.bind(1, expression)
        found.seqs += try match.integers([], from: 2)
        try clear.run()
        found.end = seqs.count < count ? nil : seqs.last
    }

    /// The newest messages that the user may see, in descending order.
    private func newest(_ count: Int, _ request: SearchRequest, before: Int64) throws(SQLiteError) -> [Int64] {
        let rest = [before, Int64(count)]
        var seqs: [Int64] = []
        for room in request.rooms {
            sources.room.bind(1, room)
            seqs += try sources.room.integers(rest, from: 2)
        }
        switch request.privates {
        case .none: break
        case .all: seqs += try sources.privates.integers([Row.number(of: request.user)] + rest)
        case .with(let peer):
            seqs += try sources.conversation.integers([Row.number(of: request.user), Row.number(of: peer)] + rest)
        }
        return Array(seqs.sorted(by: >).prefix(count))
    }

    private func indexed(
        _ expression: String, _ request: SearchRequest, before: Int64, _ count: Int
    ) throws(SQLiteError) -> [Int64] {
        let isVisiblePrivate =
            switch request.privates {
            case .none: "0"
            case .all: "?2 IN (events.user, peer)"
            case .with: "(events.user = ?2 AND peer = ?3 OR events.user = ?3 AND peer = ?2)"
            }
        let parameters = (0..<request.rooms.count).map { "?\($0 + 6)" }.joined(separator: ", ")
        let statement = try database.prepare(
            """
            SELECT texts.rowid FROM texts CROSS JOIN events ON seq = texts.rowid
              WHERE texts MATCH ?1 AND texts.rowid < ?4
                AND (room IN (\(parameters)) OR kind = \(EventKind.private) AND \(isVisiblePrivate))
              ORDER BY texts.rowid DESC LIMIT ?5
            """)
        statement.bind(1, expression)
        if request.privates != .none { statement.bind(2, Row.number(of: request.user)) }
        if case .with(let peer) = request.privates { statement.bind(3, Row.number(of: peer)) }
        for (index, room) in request.rooms.enumerated() { statement.bind(Int32(index) + 6, room) }
        return try statement.integers([before, Int64(count)], from: 4)
    }
}

extension Statement {
    /// Runs the statement and reads the first column of all rows.
    /// - Parameter values: of the parameters from number `first` on.
    func integers(_ values: [Int64], from first: Int32 = 1) throws(SQLiteError) -> [Int64] {
        defer { reset() }
        for (index, value) in values.enumerated() { bind(first + Int32(index), value) }
        var numbers: [Int64] = []
        while try step() { numbers.append(integer(0)) }
        return numbers
    }
}
