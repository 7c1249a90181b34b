// Queries that the ledger had not answered at a planned restart: the successor asks again. A restart never waits for a search.
//
// What a catch-up had asked for needs no record: it is asked for again when the catch-up goes on. The state of a chat without
// other unanswered queries has none of this, as before there was any, unless devices follow.

import StateCoding

/// An unanswered query of a session in the restart state. The query itself is kept, not what the client wrote: the session may
/// have left the room meanwhile, or the other user may have another name.
private enum WrittenRead {
    case history(Scope, Page, Query)
    case search(String, Scope, Page, Query)
    case privates
    case positions
    case seen(Scope)

    init?(_ read: PendingRead, _ query: Query) {
        switch read {
        case .history(_, let scope, let page): self = .history(scope, page, query)
        case .search(_, let words, let scope, let page): self = .search(words, scope, page, query)
        case .privates: self = .privates
        case .positions: self = .positions
        case .seen(_, _, let scope): self = .seen(scope)
        case .room, .missed, .request: return nil
        }
    }

    func write(to writer: inout StateWriter) {
        switch self {
        case .privates: writer.write(UInt64(0))
        case .positions: writer.write(UInt64(5))
        case .seen(let scope):
            writer.write(UInt64(6))
            scope.write(to: &writer)
        case .history(let scope, let page, let query):
            writer.write(UInt64(3))
            scope.write(to: &writer)
            page.write(to: &writer)
            query.write(to: &writer)
        case .search(let words, let scope, let page, let query):
            writer.write(UInt64(4))
            writer.write(words)
            scope.write(to: &writer)
            page.write(to: &writer)
            query.write(to: &writer)
        }
    }

    init(from reader: inout StateReader) throws(StateError) {
        switch try reader.uint64() {
        case 0: self = .privates
        case 5: self = .positions
        case 6: self = .seen(try Scope(from: &reader))
        case 3:
            let (scope, page) = (try Scope(from: &reader), try Page(from: &reader))
            self = .history(scope, page, try Query(from: &reader))
        case 4:
            let words = try reader.string()
            guard words.utf8.count <= ChatLimits.searchBytes else { throw StateError() }
            let (scope, page) = (try Scope(from: &reader), try Page(from: &reader))
            self = .search(words, scope, page, try Query(from: &reader))
        default: throw StateError()
        }
    }
}

extension PendingRead {
    fileprivate var session: SessionID? {
        switch self {
        case .history(let session, _, _), .search(let session, _, _, _), .privates(let session),
            .positions(let session), .missed(let session, _), .seen(let session, _, _):
            session
        case .room, .request: nil
        }
    }
}

extension Chat {
    func writeReads(to writer: inout StateWriter) {
        let written = reads.all.compactMap { read, query in
            read.session.flatMap { session in
                isConnected(session) && sessions[slot(of: session)].stage == .open
                    ? WrittenRead(read, query).map { (session, $0) } : nil
            }
        }
        guard !written.isEmpty || hasLaterState else { return }
        writer.write(each: written) { writer, read in
            writer.write(UInt64(read.0.slot))
            read.1.write(to: &writer)
        }
    }

    mutating func resumeReads(
        from reader: inout StateReader, _ session: (UInt32) -> SessionID?, into actions: inout [Action]
    ) throws(StateError) {
        guard !reader.isAtEnd else { return }
        var isEmpty = true
        try reader.each { (reader) throws(StateError) in
            isEmpty = false
            let slot = try reader.integer(UInt32.self)
            let read = try WrittenRead(from: &reader)
            guard let session = session(slot) else { return }
            guard isConnected(session), sessions[Int(slot)].user != nil else { throw StateError() }
            switch read {
            case .privates: catchUps[slot]?.lacksPrivates = true
            case .positions:
                let user = sessions[Int(slot)].user.map { users[$0].id }
                if let user { sendReadPositions(to: session, user, since: nil, into: &actions) }
            case .seen(let scope):
                guard let user = sessions[Int(slot)].user else { throw StateError() }
                do throws(Refusal) {
                    try who(scope, session, by: user, into: &actions)
                } catch {
                    actions.append(.send(session, json: ServerEvent.error(error).json))
                }
            case .history(let scope, let page, let query):
                ask(query, for: .history(session, scope, page), of: session, into: &actions)
            case .search(let words, let scope, let page, let query):
                ask(query, for: .search(session, words, scope, page), of: session, into: &actions)
            }
        }
        guard !isEmpty || !reader.isAtEnd else { throw StateError() }
    }

    private mutating func ask(
        _ query: Query, for read: PendingRead, of session: SessionID, into actions: inout [Action]
    ) {
        sessions[slot(of: session)].reads += 1
        self.read(query, for: read, of: session, into: &actions)
    }
}

extension Query {
    /// Only of a page and of a search.
    fileprivate func write(to writer: inout StateWriter) {
        switch self {
        case .page(let source, let before, let limit):
            switch source {
            case .room(let name):
                writer.write(UInt64(0))
                writer.write(name)
            case .conversation(let one, let other):
                writer.write(UInt64(1))
                writer.write(one.number)
                writer.write(other.number)
            case .privates(let user):
                writer.write(UInt64(2))
                writer.write(user.number)
            }
            writer.write(before)
            writer.write(limit)
        case .search(let words, let user, let rooms, let privates, let before, let limit):
            writer.write(UInt64(3))
            writer.write(words)
            writer.write(user.number)
            writer.write(each: rooms) { $0.write($1) }
            switch privates {
            case .none: writer.write(UInt64(0))
            case .all: writer.write(UInt64(1))
            case .with(let peer):
                writer.write(UInt64(2))
                writer.write(peer.number)
            }
            writer.write(before)
            writer.write(limit)
        case .missed, .positions, .after: preconditionFailure("no command asks this")
        }
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        let source: Source
        switch try reader.uint64() {
        case 0: source = .room(try reader.string())
        case 1: source = .conversation(UserID(try reader.uint64()), UserID(try reader.uint64()))
        case 2: source = .privates(UserID(try reader.uint64()))
        case 3:
            self = try Query(searchFrom: &reader)
            return
        default: throw StateError()
        }
        self = .page(source, before: try reader.uint64(), limit: try reader.pageLimit())
    }

    private init(searchFrom reader: inout StateReader) throws(StateError) {
        let (words, user) = (try reader.string(), UserID(try reader.uint64()))
        var rooms: [String] = []
        try reader.each { (reader) throws(StateError) in rooms.append(try reader.string()) }
        let privates: Privates
        switch try reader.uint64() {
        case 0: privates = .none
        case 1: privates = .all
        case 2: privates = .with(UserID(try reader.uint64()))
        default: throw StateError()
        }
        self = .search(
            words, user, rooms: rooms, privates: privates, before: try reader.uint64(), limit: try reader.pageLimit())
    }
}

extension StateReader {
    fileprivate mutating func pageLimit() throws(StateError) -> Int {
        let limit = try integer(Int.self)
        guard ChatLimits.pageMessages.contains(limit) else { throw StateError() }
        return limit
    }
}

extension Scope {
    fileprivate func write(to writer: inout StateWriter) {
        switch self {
        case .all: writer.write(UInt64(0))
        case .room(let name):
            writer.write(UInt64(1))
            writer.write(name.text)
        case .with(.name(let name)):
            writer.write(UInt64(2))
            writer.write(name.text)
        case .with(.id(let user)):
            writer.write(UInt64(3))
            writer.write(user.number)
        }
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        switch try reader.uint64() {
        case 0: self = .all
        case 1:
            guard let name = RoomName(try reader.string()) else { throw StateError() }
            self = .room(name)
        case 2: self = .with(.name(try reader.userName()))
        case 3: self = .with(.id(UserID(try reader.uint64())))
        default: throw StateError()
        }
    }
}

extension Page {
    fileprivate func write(to writer: inout StateWriter) {
        writer.write(before) { $0.write($1) }
        writer.write(limit)
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        before = try reader.optional { (reader) throws(StateError) in try reader.uint64() }
        limit = try reader.pageLimit()
    }
}
