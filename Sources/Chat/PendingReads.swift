// Queries that the ledger has not answered.

/// What an answer is for.
enum PendingRead {
    case history(SessionID, Scope, before: UInt64?)
    case search(SessionID, String, Scope, before: UInt64?)
    /// A room's newest messages. When the answer comes, the id may be that of another room, or of a new room of the same name.
    case room(RoomID, name: String)
    /// A newcomer's newest private messages.
    case privates(SessionID)
    /// A part of what a session missed.
    case missed(SessionID, upTo: UInt64)
    /// The message that an administrator wants to delete.
    case deletion(command: UInt64, message: UInt64)
}

struct PendingReads {
    private var byNumber: [UInt64: PendingRead] = [:]
    private(set) var lastNumber: UInt64 = 0
    /// Messages that were deleted while a query was pending. Its answer may still contain them.
    private(set) var deleted: Set<UInt64> = []

    var isEmpty: Bool { byNumber.isEmpty }
    var count: Int { byNumber.count }

    /// - Returns: the number of the query.
    mutating func add(_ read: PendingRead) -> UInt64 {
        lastNumber += 1
        byNumber[lastNumber] = read
        return lastNumber
    }

    mutating func noteDeletion(of message: UInt64) {
        if !byNumber.isEmpty { deleted.insert(message) }
    }

    /// Removes a query.
    /// - Returns: what the answer is for, and the answer without messages that were deleted meanwhile.
    mutating func remove(_ number: UInt64, _ answer: Answer) -> (read: PendingRead, answer: Answer) {
        guard let read = byNumber.removeValue(forKey: number) else {
            preconditionFailure("there is no query \(number)")
        }
        defer { if byNumber.isEmpty { deleted = [] } }
        guard !deleted.isEmpty, case .entries(let entries, let more) = answer else { return (read, answer) }
        return (read, .entries(entries.filter { !deleted.contains($0.seq) }, more: more))
    }

    /// Forgets what was deleted; only for a planted fault of the simulation.
    mutating func forgetDeletions() { deleted = [] }
}
