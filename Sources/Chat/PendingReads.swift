// Queries that the ledger has not answered.

/// What an answer is for.
enum PendingRead {
    case history(SessionID, Scope, Page)
    case search(SessionID, String, Scope, Page)
    /// A room's newest messages. When the answer comes, the id may be that of another room, or of a new room of the same name.
    case room(RoomID, name: String)
    /// A newcomer's newest private messages.
    case privates(SessionID)
    /// A page for the request of this number. `before`: as it asked.
    case request(UInt64, room: String, before: UInt64?)
    /// What the session's user has read.
    case positions(SessionID)
    /// When a user was last connected, for one to whom it has written.
    case seen(SessionID, UserID, Scope)
    /// A part of what a session missed.
    case missed(SessionID, upTo: UInt64)

    /// Whether a client has asked for it by a command.
    var isCommand: Bool {
        switch self {
        case .history, .search, .seen, .request: true
        case .room, .privates, .positions, .missed: false
        }
    }
}

struct PendingReads {
    private var byNumber: [UInt64: (read: PendingRead, query: Query, user: UserID?)] = [:]
    /// The commands of each user among them.
    private var commands: [UserID: Int] = [:]
    private(set) var lastNumber: UInt64 = 0
    /// By message: its changes while a query was pending: its answer may have the messages as they were before.
    private(set) var changes: [UInt64: [Change]] = [:]

    var isEmpty: Bool { byNumber.isEmpty }
    var count: Int { byNumber.count }

    /// All of them, the oldest first.
    var all: [(read: PendingRead, query: Query)] {
        byNumber.sorted { $0.key < $1.key }.map { ($0.value.read, $0.value.query) }
    }

    /// The commands of a user that are not answered.
    func commands(of user: UserID) -> Int { commands[user] ?? 0 }

    /// - Parameter user: who asked; nil for the chat itself.
    /// - Returns: the number of the query.
    mutating func add(_ read: PendingRead, _ query: Query, for user: UserID?) -> UInt64 {
        lastNumber += 1
        byNumber[lastNumber] = (read, query, user)
        if read.isCommand, let user { commands[user, default: 0] += 1 }
        return lastNumber
    }

    mutating func note(_ change: Change) {
        if !byNumber.isEmpty { changes[change.message, default: []].append(change) }
    }

    /// Removes a query.
    /// - Returns: what the answer is for, and the answer with the messages as they are by now.
    mutating func remove(_ number: UInt64, _ answer: Answer) -> (read: PendingRead, answer: Answer) {
        guard let (read, _, user) = byNumber.removeValue(forKey: number) else {
            preconditionFailure("there is no query \(number)")
        }
        if read.isCommand, let user {
            let rest = commands(of: user) - 1
            commands[user] = rest > 0 ? rest : nil
        }
        defer { if byNumber.isEmpty { changes = [:] } }
        let hasReactions = if case .missed = read { false } else { true }
        func changed(_ entries: [Committed]) -> [Committed] {
            changes.isEmpty ? entries : entries.compactMap { current($0, withReactions: hasReactions) }
        }
        switch answer {
        case .entries(let entries, let more): return (read, .entries(changed(entries), more: more))
        case .part(let entries, let before): return (read, .part(changed(entries), before: before))
        case .tooMany, .failed: return (read, answer)
        }
    }

    /// - Returns: nil for a message that is deleted.
    private func current(_ committed: Committed, withReactions: Bool) -> Committed? {
        var committed = committed
        if case .change(let edit) = committed.entry, case .edit = edit.kind {
            return changes[edit.message]?.contains { $0.kind == .deletion } == true ? nil : committed
        }
        for change in changes[committed.seq] ?? [] {
            switch change.kind {
            case .deletion: return nil
            case .edit(let text): committed.entry = committed.entry.edited(text, at: change.at)
            case .reaction(let emoji, let isOn):
                guard withReactions, let user = change.author?.user else { continue }
                committed.entry.details?.reactions.set(emoji, of: user, to: isOn)
            }
        }
        return committed
    }

    /// Forgets the changes; only for a planted fault of the simulation.
    mutating func forgetChanges() { changes = [:] }
}
