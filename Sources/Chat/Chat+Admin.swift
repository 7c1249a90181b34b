// Administrators' commands. What is durable goes through the ledger first: such a command is answered when the ledger has stored
// its entry, or has refused it.

import FoundationEssentials

extension Chat {
    /// Does a command. The answer is an `Action.adminResult` with the same number, at once or later.
    /// - Parameter number: different for each command.
    package mutating func administer(
        _ command: AdminCommand, number: UInt64, at now: Moment, into actions: inout [Action]
    ) {
        do throws(AdminError) {
            switch command {
            case .kick(let name, let reason):
                let user = try user(named: name)
                try check(until: nil, reason, at: now)
                let name = users[user].name.text
                guard !users[user].sessions.isEmpty else { throw AdminError("\(name) is not connected.") }
                closeSessions(of: user, .kicked(reason: reason), at: now, into: &actions)
                actions.append(.adminResult(number, .done("\(name) was removed.")))
            case .ban(let target, let until, let reason):
                try check(until: until, reason, at: now)
                let (subject, name) = try subject(of: target)
                try append(sanction: subject, name, until: until, reason, number, at: now, into: &actions)
            case .mute(let name, let until, let reason):
                try check(until: until, reason, at: now)
                let user = users[try user(named: name)]
                let subject = Sanction.Subject.mute(user.id)
                try append(sanction: subject, user.name.text, until: until, reason, number, at: now, into: &actions)
            case .unban(let target): try lift(target, number, into: &actions)
            case .unmute(let name):
                let user = users[try user(named: name)]
                guard sanctions[.mute(user.id)] != nil else { throw AdminError("\(user.name.text) is not muted.") }
                append(.lift(.mute(user.id)), number, "\(user.name.text) may speak again.", into: &actions)
            case .announce(let text): try announce(text, number, at: now, into: &actions)
            case .delete(let seq):
                guard seq > 0, seq <= log.seq else {
                    throw AdminError("There is no message \(seq): the newest number is \(log.seq).")
                }
                guard seq > log.retentionFloor else {
                    throw AdminError("The message \(seq) is no longer stored.")
                }
                let deletion = Change(message: seq, kind: .deletion, at: now.wall)
                append(.change(deletion), number, "The message \(seq) is deleted for everybody.", into: &actions)
            case .addBot(let name, let rooms): try addBot(name, rooms: rooms, number, at: now, into: &actions)
            case .removeBot(let name): try removeBot(name, number, into: &actions)
            }
        } catch {
            actions.append(.adminResult(number, .refused(error.sentence)))
        }
    }

    private mutating func announce(
        _ text: String, _ number: UInt64, at now: Moment, into actions: inout [Action]
    ) throws(AdminError) {
        guard text.contains(where: { !$0.isWhitespace }) else { throw AdminError("The announcement has no text.") }
        guard !text.isBlank else { throw AdminError("The announcement has only characters that show nothing.") }
        guard text.utf8.count <= settings.textBytes else {
            throw AdminError("The announcement is longer than \(settings.textBytes) bytes.")
        }
        let announcement = Announcement(text: text, at: now.wall)
        append(.announcement(announcement), number, "The announcement was sent to all users.", into: &actions)
    }

    // MARK: waiting for the ledger

    /// - Parameter sentence: the answer when the ledger has stored the entry.
    mutating func append(
        _ entry: Entry, _ number: UInt64, _ sentence: String, token: String? = nil, into actions: inout [Action]
    ) {
        adminCommands.add(number, entry, sentence: sentence, token: token)
        actions.append(.append(entry, from: nil))
    }

    /// Answers the command that waits for the entry, if one does.
    mutating func finishCommand(of entry: Entry, isStored: Bool, into actions: inout [Action]) {
        guard let (number, result) = adminCommands.remove(entry) else { return }
        let refusal = "The command could not be stored, and was not done. See “chatrelay status” and the journal."
        actions.append(.adminResult(number, isStored ? result : .refused(refusal)))
    }

    /// Answers the command whose entry is about a message that is not there.
    mutating func rejectCommand(of entry: Entry, into actions: inout [Action]) {
        guard let (number, _) = adminCommands.remove(entry), let message = entry.target else { return }
        let refusal = "The number \(message) is not a message, or the message is deleted already."
        actions.append(.adminResult(number, .refused(refusal)))
    }
}

/// Why an administrator's command can't be done, as a sentence for the administrator.
struct AdminError: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// RFC 3339, in UTC.
/// - Parameter milliseconds: since 1970.
func timeText(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds / 1_000)).formatted(.iso8601)
}
