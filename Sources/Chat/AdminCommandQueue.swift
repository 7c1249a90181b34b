// Administrators' commands that wait until the ledger has stored their entries.

struct AdminCommandQueue {
    private struct PendingCommand {
        let number: UInt64
        let entry: Entry
        /// The administrator's answer when the entry is stored.
        let sentence: String
        let token: String?
    }

    private var pending: [PendingCommand] = []

    var isEmpty: Bool { pending.isEmpty }

    mutating func add(_ number: UInt64, _ entry: Entry, sentence: String, token: String?) {
        pending.append(PendingCommand(number: number, entry: entry, sentence: sentence, token: token))
    }

    /// Removes the oldest command with this entry.
    /// - Returns: its number and its answer; nil where no command waits for the entry.
    mutating func remove(_ entry: Entry) -> (number: UInt64, result: AdminResult)? {
        guard let index = pending.firstIndex(where: { $0.entry.isSame(as: entry) }) else { return nil }
        let command = pending.remove(at: index)
        return (command.number, command.token.map { .made(command.sentence, token: $0) } ?? .done(command.sentence))
    }
}

extension Entry {
    /// Whether one entry is the other, before or after the ledger has stored it.
    fileprivate func isSame(as other: Entry) -> Bool {
        guard case .change(let one) = self, case .change(let other) = other else { return self == other }
        return one.message == other.message && one.kind == other.kind && one.author == other.author
    }
}
