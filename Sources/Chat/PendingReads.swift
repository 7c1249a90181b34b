// Queries that the ledger has not answered.

/// What an answer is for.
enum PendingRead {
    case history(SessionID, Scope, Page)
    case search(SessionID, String, Scope, Page)
    /// A room's newest messages. When the answer comes, the id may be that of another room, or of a new room of the same name.
    case room(RoomID, name: String)
    /// A newcomer's newest private messages.
    case privates(SessionID)
    /// A part of what a session missed.
    case missed(SessionID, upTo: UInt64)
    /// The message that an administrator wants to delete.
    case deletion(command: UInt64, message: UInt64)

    /// Whether a client has asked for it by a command.
    var isCommand: Bool {
        switch self {
        case .history, .search: true
        case .room, .privates, .missed, .deletion: false
        }
    }
}

struct PendingReads {
    private var byNumber: [UInt64: (read: PendingRead, query: Query, user: UserID?)] = [:]
    /// The commands of each user among them.
    private var commands: [UserID: Int] = [:]
    private(set) var lastNumber: UInt64 = 0
    /// Messages that were deleted while a query was pending. Its answer may still contain them.
    private(set) var deleted: Set<UInt64> = []

    var isEmpty: Bool { byNumber.isEmpty }
    var count: Int { byNumber.count }
    /// Whether an administrator waits for an answer.
    var isAdministratorWaiting: Bool {
        byNumber.values.contains { if case .deletion = $0.read { true } else { false } }
    }

    /// All of them, the oldest first.
    var all: [(read: PendingRead, query: Query)] {
        byNumber.sorted { $0.key < $1.key }.map { ($0.value.read, $0.value.query) }
    }

    /// The history and search commands of a user that are not answered.
    func commands(of user: UserID) -> Int { commands[user] ?? 0 }

    /// - Parameter user: who asked; nil for the chat itself.
    /// - Returns: the number of the query.
    mutating func add(_ read: PendingRead, _ query: Query, for user: UserID?) -> UInt64 {
        lastNumber += 1
        byNumber[lastNumber] = (read, query, user)
        if read.isCommand, let user { commands[user, default: 0] += 1 }
        return lastNumber
    }

    mutating func noteDeletion(of message: UInt64) {
        if !byNumber.isEmpty { deleted.insert(message) }
    }

    /// Removes a query.
    /// - Returns: what the answer is for, and the answer without messages that were deleted meanwhile.
    mutating func remove(_ number: UInt64, _ answer: Answer) -> (read: PendingRead, answer: Answer) {
        guard let (read, _, user) = byNumber.removeValue(forKey: number) else {
            preconditionFailure("there is no query \(number)")
        }
        if read.isCommand, let user {
            let rest = commands(of: user) - 1
            commands[user] = rest > 0 ? rest : nil
        }
        defer { if byNumber.isEmpty { deleted = [] } }
        func remaining(_ entries: [Committed]) -> [Committed] {
            deleted.isEmpty ? entries : entries.filter { !deleted.contains($0.seq) }
        }
        switch answer {
        case .entries(let entries, let more): return (read, .entries(remaining(entries), more: more))
        case .part(let entries, let before): return (read, .part(remaining(entries), before: before))
        case .tooMany, .failed: return (read, answer)
        }
    }

    /// Forgets what was deleted; only for a planted fault of the simulation.
    mutating func forgetDeletions() { deleted = [] }
}
