// Opens the ledger's file and writes entries. Used by one thread at a time; SQLiteLedger has the threads.

internal import Chat
internal import Host
internal import Linux
internal import SQLite

final class Store {
    let database: Database
    let index: SearchIndex
    let privates: PrivatesTable
    /// The disk had no room for the index of the write-ahead log, so the file was opened for this process alone, to be read.
    let startError: SQLiteError?
    /// Whether sanctions that have expired may be deleted: the wall clock can be believed.
    var isClockSettled = false
    let numbers: SequenceNumbers
    private let users: UserTables
    private let sanctions: SanctionTables
    private let tokens: TokenTables
    private let changes: ChangeTables
    private let positions: PositionsTable
    private let topics: TopicsTable
    private let insert: Statement
    private let find: Statement

    /// Opens the file, creates it where there is none, and migrates it to the current format.
    /// - Parameters:
    ///   - found: the file; nil for a ledger in memory. Without it numbers are not reserved.
    ///   - seen: what the crash records have of the process before.
    ///   - working: called again and again while a migration goes on.
    /// - Throws: where the file can't be opened or written, is no ledger, or has a newer format.
    init(
        _ settings: LedgerSettings, _ found: FoundFile? = nil, seen: LedgerPosition? = nil,
        working: @escaping () -> Void = {}
    ) throws(LedgerError) {
        do throws(SQLiteError) {
            (database, startError) = try Store.open(settings, found, working)
            numbers = try SequenceNumbers(database, found, seen, isPowerSafe: settings.durability == .power)
            index = try SearchIndex(database)
            privates = try PrivatesTable(database, last: numbers.last)
            users = try UserTables(database)
            sanctions = try SanctionTables(database)
            tokens = try TokenTables(database)
            changes = try ChangeTables(database, index)
            positions = try PositionsTable(database)
            topics = try TopicsTable(database)
            insert = try database.prepare(
                """
                INSERT INTO events (kind, user, peer, id, room, name, peer_name, text, at, number, seq, re, note, place)
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
            find = try database.prepare("SELECT \(Row.columns) FROM events WHERE user = ? AND id = ?")
        } catch {
            guard error.code != LedgerSchema.newer else {
                throw LedgerError(
                    "The ledger \(settings.place) was written by a newer Chatrelay (format \(error.message); this one knows \(LedgerSchema.version)): install that version again."
                )
            }
            throw ledgerError(error, place: settings.place)
        }
    }

    private static func open(
        _ settings: LedgerSettings, _ found: FoundFile?, _ working: @escaping () -> Void
    ) throws(SQLiteError) -> (Database, startError: SQLiteError?) {
        // The file has private messages. SQLite gives the files beside it the same mode.
        if let path = settings.path { Process.makePrivateFile(path) }
        let path = settings.path ?? ":memory:"
        do throws(SQLiteError) {
            return (try prepare(Database(path: path), settings, found, working), nil)
        } catch {
            guard error.isFull, settings.path != nil else { throw error }
            return (try prepare(Database(path: path, isExclusive: true), settings, found, working), error)
        }
    }

    private static func prepare(
        _ database: Database, _ settings: LedgerSettings, _ found: FoundFile?, _ working: @escaping () -> Void
    ) throws(SQLiteError) -> Database {
        database.companion = found?.lock
        database.setBusyTimeout(milliseconds: LedgerLimits.busyMilliseconds)
        // It has an effect only on an empty file, and to others it writes, for which a full disk has no room.
        if try database.integer("PRAGMA page_count") == 0 { try database.execute("PRAGMA auto_vacuum = INCREMENTAL") }
        try database.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = \(settings.durability == .power ? "FULL" : "NORMAL");
            PRAGMA secure_delete = ON;
            PRAGMA journal_size_limit = \(LedgerLimits.logBytes);
            PRAGMA cache_size = -\(LedgerLimits.cacheKibibytes);
            """)
        database.interrupt(every: LedgerLimits.migrationInstructions) {
            working()
            return false
        }
        defer { database.interrupt(every: 0) { false } }
        try LedgerSchema.migrate(database)
        // After a migration, or where a reader has held the log until a crash. Later the writer would seem to hang meanwhile.
        if Process.fileBytes("\(settings.place)-wal") > LedgerLimits.largeLogPages * 4_096 {
            working()
            _ = try? database.checkpoint(.truncating)
        }
        return database
    }

    /// Commits the entries in one transaction, all or none.
    /// - Returns: an outcome for each entry, in order.
    /// - Throws: SQLite's error; then none is committed.
    func commit(_ batch: ArraySlice<QueuedEntry>) throws(SQLiteError) -> [LedgerOutcome] {
        try numbers.reserve(batch.count)
        let (now, before) = (Clock.wall, numbers.last)
        do throws(SQLiteError) {
            let outcomes = try database.transaction { () throws(SQLiteError) in
                var outcomes: [LedgerOutcome] = []
                outcomes.reserveCapacity(batch.count)
                for queued in batch { outcomes.append(try put(queued, now)) }
                return outcomes
            }
            numbers.note()
            return outcomes
        } catch {
            numbers.last = before
            throw error
        }
    }

    /// Tests whether the file can be written: sets a value that it has already, which writes a page as any commit does.
    /// - Throws: SQLite's error where it can't.
    func probe() throws(SQLiteError) { try database.execute("PRAGMA user_version = \(LedgerSchema.version)") }

    /// Stores one entry, unless it is about a message that forbids it.
    private func put(_ queued: QueuedEntry, _ now: Int64) throws(SQLiteError) -> LedgerOutcome {
        guard let target = queued.entry.target else { return try store(queued, now) }
        if let sender = queued.entry.sender, let first = try first(sender.user, sender.id) {
            return .repeated(first, from: queued.origin)
        }
        let message = try changes.target(target)
        let entry: Entry
        do throws(Rejection) {
            entry = try queued.entry.checked(against: message)
        } catch {
            return .rejected(queued.entry, from: queued.origin, error)
        }
        return try store(QueuedEntry(entry: entry, origin: queued.origin), now)
    }

    /// Stores one entry and applies it to the other tables. An entry about a user who is not in `users` changes nothing there.
    private func store(_ queued: QueuedEntry, _ now: Int64) throws(SQLiteError) -> LedgerOutcome {
        let seq: Int64
        switch queued.entry {
        case .message(let message):
            seq = try put(
                EventKind.message, Row.number(of: message.user), id: message.id, room: message.room, name: message.from,
                text: message.text, at: message.at, details: message.details)
            if seq == 0 { return try repeated(queued) }
        case .private(let message):
            seq = try put(
                EventKind.private, Row.number(of: message.user), peer: Row.number(of: message.peer), id: message.id,
                name: message.from,
                peerName: message.to, text: message.text, at: message.at, details: message.details)
            if seq == 0 { return try repeated(queued) }
        case .claim, .rename, .seen, .release, .device, .signOut, .recovery, .status:
            seq = try storeUser(queued.entry, now)
        case .sanction(let sanction):
            let (kind, user) = (
                SanctionTables.kind(of: sanction.subject), sanction.subject.user.map(Row.number(of:)) ?? 0
            )
            seq = try put(kind, user, name: sanction.name, at: sanction.since, number: sanction.until)
            try sanctions.put(sanction, expiredBefore: isClockSettled ? now : nil)
        case .lift(let subject):
            seq = try put(
                EventKind.lift, subject.user.map(Row.number(of:)) ?? 0, name: SanctionTables.key(of: subject), at: now,
                number: SanctionTables.kind(of: subject))
            try sanctions.lift(subject)
        case .announcement(let announcement):
            seq = try put(EventKind.announcement, 0, text: announcement.text, at: announcement.at)
            try changes.setNoticed(seq)
        case .topic(let topic):
            seq = try put(
                EventKind.topic, Row.number(of: topic.user), id: topic.id, name: topic.from, at: topic.at,
                note: TopicsTable.note(topic), place: topic.room)
            if seq == 0 { return try repeated(queued) }
            try topics.store(topic)
            try changes.setNoticed(seq)
        case .read(let position):
            guard try positions.isNewer(position) else {
                return .rejected(queued.entry, from: queued.origin, .unchanged(position.upTo))
            }
            numbers.last += 1
            seq = numbers.last
            try positions.store(position, seq)
        case .change(let change):
            seq = try put(change)
            try changes.apply(change, seq)
        }
        return .committed(Committed(seq: UInt64(clamping: seq), entry: queued.entry), from: queued.origin)
    }

    /// Stores an entry that changes a user or its devices.
    private func storeUser(_ entry: Entry, _ now: Int64) throws(SQLiteError) -> Int64 {
        let seq: Int64
        switch entry {
        case .claim(let user):
            seq = try put(EventKind.claim, 0, name: user.name, at: user.at)
            try users.add(user, seq)
            if let token = user.token {
                let id = UInt64(clamping: seq)
                try tokens.put(
                    KnownDevice(
                        user: UserID(id), id: id, token: token, created: user.at, seen: user.at, label: user.label))
            }
        case .rename(let user, let name):
            seq = try put(EventKind.rename, Row.number(of: user), name: name, at: now)
            try users.rename(user, to: name, at: now)
        case .seen(let user, let at, let device):
            seq = try put(EventKind.seen, Row.number(of: user), at: at)
            try users.setSeen(user, at)
            try tokens.see(device ?? user.number, of: user, at: at)
        case .release(let user):
            seq = try put(EventKind.release, Row.number(of: user), at: now)
            try users.release(user)
            try positions.release(user)
            try sanctions.release(user)
            try tokens.release(user)
        case .device(let new):
            seq = try put(EventKind.device, Row.number(of: new.user), at: new.at)
            try tokens.put(new, seq)
        case .signOut(let user, let devices):
            let first = devices.first.map { Int64(clamping: $0) }
            seq = try put(EventKind.signOut, Row.number(of: user), at: now, number: first)
            for device in devices { try tokens.signOut(device, of: user) }
        case .recovery(let user, let code):
            seq = try put(EventKind.recovery, Row.number(of: user), at: now)
            try tokens.setRecovery(code, of: user)
        case .status(let user, let text):
            seq = try put(EventKind.status, Row.number(of: user), at: now)
            try users.setStatus(user, text)
        default: preconditionFailure("no entry of a user")
        }
        return seq
    }

    private func put(_ change: Change) throws(SQLiteError) -> Int64 {
        var (kind, note): (Int64, String?) = (EventKind.deletion, nil)
        switch change.kind {
        case .deletion: break
        case .edit: kind = EventKind.edit
        case .reaction(let emoji, let isOn): (kind, note) = (EventKind.reaction, (isOn ? "+" : "-") + emoji)
        }
        let (number, id) = (Int64(clamping: change.message), change.author?.id)
        switch change.audience {
        case .room(let room):
            let isDeletion = change.kind == .deletion
            return try put(
                kind, change.author.map { Row.number(of: $0.user) } ?? 0, id: id, room: isDeletion ? room : nil,
                name: change.author?.name, at: change.at, number: number, note: note, place: isDeletion ? nil : room)
        case .between(let user, let peer, let from, let to):
            return try put(
                kind, Row.number(of: user), peer: Row.number(of: peer), id: id, name: from, peerName: to, at: change.at,
                number: number, note: note)
        case nil: preconditionFailure("a change that was not checked")
        }
    }

    /// Inserts a row of `events`.
    /// - Returns: its number; 0 where the user has used the id before, which uses up no number.
    private func put(
        _ kind: Int64, _ user: Int64, peer: Int64? = nil, id: String? = nil, room: String? = nil, name: String? = nil,
        peerName: String? = nil, text: String? = nil, at: Int64, number: Int64? = nil,
        details: MessageDetails = MessageDetails(), note: String? = nil, place: String? = nil
    ) throws(SQLiteError) -> Int64 {
        insert.bind(1, kind)
        insert.bind(2, user)
        if let peer { insert.bind(3, peer) }
        insert.bind(4, id)
        insert.bind(5, room)
        insert.bind(6, name)
        insert.bind(7, peerName)
        insert.bind(8, text)
        insert.bind(9, at)
        if let number { insert.bind(10, number) }
        insert.bind(11, numbers.last + 1)
        if let reply = details.reply { insert.bind(12, Int64(clamping: reply)) }
        insert.bind(13, note ?? Row.note(of: details))
        insert.bind(14, place)
        do throws(SQLiteError) {
            try insert.run()
        } catch {
            guard error.isRepeated else { throw error }
            return 0
        }
        numbers.last += 1
        return numbers.last
    }

    private func repeated(_ queued: QueuedEntry) throws(SQLiteError) -> LedgerOutcome {
        guard let sender = queued.entry.sender, let first = try first(sender.user, sender.id) else {
            throw .damaged("a repeated id without its message")
        }
        return .repeated(first, from: queued.origin)
    }

    /// What the user has sent with this id.
    private func first(_ user: UserID, _ id: String) throws(SQLiteError) -> Committed? {
        defer { find.reset() }
        find.bind(1, Row.number(of: user))
        find.bind(2, id)
        return try find.step() ? Row.committed(find) : nil
    }
}
