// Queries that the ledger had not answered at a planned restart: the successor asks again. A restart never waits for a search.
//
// What a catch-up had asked for needs no record: it is asked for again when the catch-up goes on. The state of a chat without
// other unanswered queries has none of this, as before there was any.

import StateCoding

/// An unanswered query of a session in the restart state.
private enum WrittenRead {
    case history(Scope, Page)
    case search(String, Scope, Page)
    case privates

    init?(_ read: PendingRead) {
        switch read {
        case .history(_, let scope, let page): self = .history(scope, page)
        case .search(_, let words, let scope, let page): self = .search(words, scope, page)
        case .privates: self = .privates
        case .room, .missed, .deletion: return nil
        }
    }

    func write(to writer: inout StateWriter) {
        switch self {
        case .privates: writer.write(UInt64(0))
        case .history(let scope, let page):
            writer.write(UInt64(1))
            scope.write(to: &writer)
            page.write(to: &writer)
        case .search(let words, let scope, let page):
            writer.write(UInt64(2))
            writer.write(words)
            scope.write(to: &writer)
            page.write(to: &writer)
        }
    }

    init(from reader: inout StateReader) throws(StateError) {
        switch try reader.uint64() {
        case 0: self = .privates
        case 1: self = .history(try Scope(from: &reader), try Page(from: &reader))
        case 2:
            let words = try reader.string()
            guard words.utf8.count <= ChatLimits.searchBytes else { throw StateError() }
            self = .search(words, try Scope(from: &reader), try Page(from: &reader))
        default: throw StateError()
        }
    }
}

extension PendingRead {
    fileprivate var session: SessionID? {
        switch self {
        case .history(let session, _, _), .search(let session, _, _, _), .privates(let session),
            .missed(let session, _):
            session
        case .room, .deletion: nil
        }
    }
}

extension Chat {
    func writeReads(to writer: inout StateWriter) {
        let written = reads.all.compactMap { read in
            read.session.flatMap { session in
                isConnected(session) && sessions[slot(of: session)].stage == .open
                    ? WrittenRead(read).map { (session, $0) } : nil
            }
        }
        guard !written.isEmpty else { return }
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
            guard isConnected(session), let user = sessions[Int(slot)].user else { throw StateError() }
            ask(read, of: session, by: user, into: &actions)
        }
        guard !isEmpty else { throw StateError() }
    }

    private mutating func ask(
        _ read: WrittenRead, of session: SessionID, by user: UInt32, into actions: inout [Action]
    ) {
        do throws(Refusal) {
            switch read {
            case .privates: catchUps[session.slot]?.lacksPrivates = true
            case .history(let scope, let page): try history(scope, page, session, by: user, into: &actions)
            case .search(let words, let scope, let page):
                try search(words, scope, page, session, by: user, into: &actions)
            }
        } catch {
            actions.append(.send(session, json: ServerEvent.error(error).json))
        }
    }
}

extension Scope {
    fileprivate func write(to writer: inout StateWriter) {
        switch self {
        case .all: writer.write(UInt64(0))
        case .room(let name):
            writer.write(UInt64(1))
            writer.write(name.text)
        case .with(let name):
            writer.write(UInt64(2))
            writer.write(name.text)
        }
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        switch try reader.uint64() {
        case 0: self = .all
        case 1:
            guard let name = RoomName(try reader.string()) else { throw StateError() }
            self = .room(name)
        case 2: self = .with(try reader.userName())
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
        limit = try reader.integer()
        guard ChatLimits.pageMessages.contains(limit) else { throw StateError() }
    }
}
