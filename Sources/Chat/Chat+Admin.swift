// What administrators order. What lasts goes through the ledger first, as everything that lasts: an order is answered when
// the ledger has it, or can't take it.

import FoundationEssentials
import Primitives

extension Chat {
    /// Does what an administrator orders. What came of it is said by `.ordered` with the same number: at once, or later.
    package mutating func administer(
        _ command: AdminCommand, number: UInt64, at now: Moment, into actions: inout [Action]
    ) {
        do throws(AdminRefusal) {
            switch command {
            case .kick(let name, let reason):
                let user = try self.user(named: name)
                try check(until: nil, reason, at: now)
                let name = users[user].name.text
                guard !users[user].sessions.isEmpty else { throw AdminRefusal("\(name) is not here.") }
                throwOut(user, .kicked(reason: reason), at: now, into: &actions)
                actions.append(.adminResult(number, .done("\(name) was removed.")))
            case .ban(let target, let until, let reason):
                try check(until: until, reason, at: now)
                let (subject, name) = try subject(of: target)
                try append(sanction: subject, name, until: until, reason, number, at: now, into: &actions)
            case .mute(let name, let until, let reason):
                try check(until: until, reason, at: now)
                let user = users[try self.user(named: name)]
                let subject = Sanction.Subject.mute(user.id)
                try append(sanction: subject, user.name.text, until: until, reason, number, at: now, into: &actions)
            case .unban(let target): try lift(target, number, into: &actions)
            case .unmute(let name):
                let user = users[try self.user(named: name)]
                guard sanctions[.mute(user.id)] != nil else { throw AdminRefusal("\(user.name.text) is not muted.") }
                append(.lift(.mute(user.id)), number, "\(user.name.text) may speak again.", into: &actions)
            case .announce(let text):
                guard text.contains(where: { !$0.isWhitespace }) else {
                    throw AdminRefusal("The announcement has no text.")
                }
                guard text.utf8.count <= settings.textBytes else {
                    throw AdminRefusal("The announcement is longer than \(settings.textBytes) bytes.")
                }
                append(
                    .announcement(Announcement(text: text, at: now.wall)), number, "Everybody is told.", into: &actions)
            case .delete(let seq):
                guard seq > 0, seq <= self.seq else {
                    throw AdminRefusal("There is no message \(seq): the newest number is \(self.seq).")
                }
                guard seq > floor else { throw AdminRefusal("The message \(seq) is not kept any more.") }
                ask(.doomed(order: number, message: seq), .message(seq), into: &actions)
            }
        } catch {
            actions.append(.adminResult(number, .refused(error.sentence)))
        }
    }

    // MARK: bans and mutes

    private func check(until: Int64?, _ reason: String?, at now: Moment) throws(AdminRefusal) {
        if let until, until <= now.wall { throw AdminRefusal("\(timeText(until)) is over already.") }
        guard (reason ?? "").utf8.count <= ChatLimits.reasonBytes else {
            throw AdminRefusal("The reason is longer than \(ChatLimits.reasonBytes) bytes.")
        }
    }

    private func user(named name: String) throws(AdminRefusal) -> UInt32 {
        guard let key = (try? UserName(name))?.key, let user = names.owner(ofKey: key) else {
            throw AdminRefusal("Nobody has the name \(name).")
        }
        return user
    }

    /// Whom a ban is to be on, and how people call it.
    private func subject(of target: BanTarget) throws(AdminRefusal) -> (Sanction.Subject, name: String) {
        switch target {
        case .name(let text):
            guard let name = try? UserName(text) else { throw AdminRefusal("\(text) can't be a name.") }
            return (.name(name.key), name.text)
        case .user(let name):
            let user = users[try user(named: name)]
            return (.user(user.id), user.name.text)
        case .network(let network): return (.network(network), network.description)
        }
    }

    private mutating func append(
        sanction subject: Sanction.Subject, _ name: String, until: Int64?, _ reason: String?, _ number: UInt64,
        at now: Moment, into actions: inout [Action]
    ) throws(AdminRefusal) {
        guard sanctions.count < ChatLimits.sanctions || sanctions[subject] != nil else {
            throw AdminRefusal("There are \(ChatLimits.sanctions) bans and mutes already: lift some.")
        }
        let sanction = Sanction(subject: subject, name: name, until: until, reason: reason, since: now.wall)
        var what = "banned"
        if case .mute = subject { what = "muted" }
        append(.sanction(sanction), number, "\(name) is \(what)\(sanction.ending)", into: &actions)
    }

    private mutating func lift(
        _ target: BanTarget, _ number: UInt64, into actions: inout [Action]
    ) throws(AdminRefusal) {
        let ban: Sanction?
        let name: String
        switch target {
        case .name(let text):
            name = text
            ban = (try? UserName(text)).flatMap { sanctions[.name($0.key)] }
        case .user(let text):
            name = text
            // By the name that it has, or that it had then.
            let user = (try? UserName(text)).flatMap { names.owner(ofKey: $0.key) }
            ban =
                user.flatMap { sanctions[.user(users[$0].id)] }
                ?? sanctions.all.first { if case .user = $0.subject { $0.name == text } else { false } }
        case .network(let network):
            name = network.description
            ban = sanctions[.network(network)]
        }
        guard let ban else { throw AdminRefusal("\(name) is not banned.") }
        append(.lift(ban.subject), number, "\(name) is banned no more.", into: &actions)
    }

    /// The ledger has it: from here on it holds. Whoever is banned is out.
    mutating func sanctioned(_ sanction: Sanction, at now: Moment, into actions: inout [Action]) {
        // Its user was released on the way.
        if let id = sanction.subject.user, users.place(of: id) == nil { return }
        sanctions.insert(sanction)
        guard sanction.holds(at: now) else { return }
        switch sanction.subject {
        case .mute: break
        case .user(let id):
            if let user = users.place(of: id) { throwOut(user, sanction.closeReason, at: now, into: &actions) }
        case .name(let key):
            if let user = names.owner(ofKey: key) { throwOut(user, sanction.closeReason, at: now, into: &actions) }
        case .network(let network):
            for slot in sessions.indices where network.contains(sessions[slot].address) {
                let session = session(UInt32(slot))
                if isListening(session) { end(session, sanction.closeReason, at: now, into: &actions) }
            }
        }
    }

    mutating func throwOut(_ user: UInt32, _ closeReason: CloseReason, at now: Moment, into actions: inout [Action]) {
        for slot in users[user].sessions { end(session(slot), closeReason, at: now, into: &actions) }
    }

    /// Ends a session: at once it is nobody's and nowhere any more, and its connection closes.
    mutating func end(_ session: SessionID, _ closeReason: CloseReason, at now: Moment, into actions: inout [Action]) {
        vacate(session, at: now, into: &actions)
        detach(session, at: now, into: &actions)
        catchUps[session.slot] = nil
        authenticatedName[session.slot] = nil
        let slot = slot(of: session)
        sessions[slot].user = nil
        sessions[slot].stage = .closing
        actions.append(.close(session, closeReason))
    }

    // MARK: what waits for the ledger

    /// - Parameter sentence: said when the ledger has it.
    private mutating func append(_ entry: Entry, _ number: UInt64, _ sentence: String, into actions: inout [Action]) {
        ordering.append((number, entry, sentence))
        actions.append(.append(entry, from: nil))
    }

    /// The message that is to be deleted was looked up.
    mutating func withdraw(_ seq: UInt64, _ answer: Answer, _ number: UInt64, into actions: inout [Action]) {
        let place: Deletion.Place
        var sentence = "The number \(seq) is no message, or it is deleted already."
        switch answer {
        case .entries(let entries, _):
            switch entries.first?.entry {
            case .message(let message) where !message.text.isEmpty: place = .room(message.room)
            case .private(let message) where !message.text.isEmpty:
                place = .between(message.user, message.peer, from: message.from, to: message.to)
            default: return actions.append(.adminResult(number, .refused(sentence)))
            }
        case .tooMany, .failed:
            sentence = "The message \(seq) could not be read. Try again, and see the journal."
            return actions.append(.adminResult(number, .refused(sentence)))
        }
        let entry = Entry.deletion(Deletion(message: seq, place: place))
        guard !ordering.contains(where: { $0.entry == entry }) else {
            return actions.append(.adminResult(number, .refused("The message \(seq) is being deleted already.")))
        }
        append(entry, number, "The message \(seq) is deleted for everybody.", into: &actions)
    }

    /// Answers the order that the entry is of, if it is of one.
    mutating func conclude(_ entry: Entry, isDone: Bool, into actions: inout [Action]) {
        guard let index = ordering.firstIndex(where: { $0.entry == entry }) else { return }
        let order = ordering.remove(at: index)
        let refusal = "It could not be stored, and was not done: “chatrelay status” and the journal say why."
        actions.append(.adminResult(order.number, isDone ? .done(order.sentence) : .refused(refusal)))
    }
}

/// Why an order can't be done.
private struct AdminRefusal: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

extension Sanction {
    var closeReason: CloseReason { .banned(until: until, reason: reason) }

    /// The end of a sentence about it.
    var ending: String { "\(until.map { " until \(timeText($0))" } ?? "")\(reason.map { ": \($0)" } ?? ".")" }
}

/// RFC 3339, in UTC.
/// - Parameter milliseconds: since 1970.
func timeText(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds / 1_000)).formatted(.iso8601)
}
