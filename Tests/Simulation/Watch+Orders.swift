// What administrators' orders must come to, as it is seen in what the chat is given and what it does.

import Model
import Primitives

@testable import Chat

extension Watch {
    // MARK: what the chat is told

    /// The chat applies what an administrator ordered next.
    func appliesOrder(_ committed: Committed, _ chat: Chat) {
        switch committed.entry {
        case .sanction(let sanction):
            if let id = sanction.subject.user, chat.users.index(of: id) == nil { return }
            sanctions[sanction.subject] = sanction
        case .lift(let subject): sanctions[subject] = nil
        case .announcement: findings.took(.announced)
        case .change(let change):
            apply(change)
            guard change.kind == .deletion else { return }
            findings.took(chat.reads.isEmpty ? .deletions : .withdrawnUnderWay)
        default: break
        }
    }

    /// The power has failed, and these are gone.
    func forgets(_ gone: [Committed]) {
        for case .change(let deletion) in gone.map(\.entry)
        where deletion.kind == .deletion && deletions.remove(deletion.message) != nil {
            revived.insert(deletion.message)
        }
    }

    /// A daemon begins: the one before owes nobody an answer any more.
    func beginsOrders(_ ledger: ModelLedger) {
        orders = []
        ended = []
        sanctions = [:]
        for sanction in ledger.sanctions { sanctions[sanction.subject] = sanction }
        (edits, reactions) = ([:], [:])
        for case .change(let change) in ledger.log.map(\.entry) { apply(change) }
    }

    private func apply(_ change: Change) {
        switch change.kind {
        case .deletion: deletions.insert(change.message)
        case .edit(let text):
            findings.took(.edited)
            edits[change.message] = text
        case .reaction(let emoji, let isOn):
            findings.took(.reacted)
            let reaction = "\(change.author?.user.number ?? 0) \(emoji)"
            if isOn {
                reactions[change.message, default: []].insert(reaction)
            } else {
                reactions[change.message]?.remove(reaction)
            }
        }
    }

    // MARK: what the chat does

    /// Nobody who is muted says something, and nobody takes a name that is banned.
    func expectAllowed(_ entry: Entry, at now: Moment) {
        switch entry {
        case .message(let message): expectNone(.mute(message.user), entry, at: now)
        case .private(let message): expectNone(.mute(message.user), entry, at: now)
        case .claim(let claim): expectNone(.name(key(claim.name)), entry, at: now)
        case .rename(let id, let name):
            expectNone(.mute(id), entry, at: now)
            expectNone(.name(key(name)), entry, at: now)
        default: break
        }
    }

    private func expectNone(_ subject: Sanction.Subject, _ entry: Entry, at now: Moment) {
        if let sanction = sanctions[subject], sanction.isActive(at: now) {
            findings.violated("\(entry), in spite of \(sanction)")
        }
    }

    func sends(_ json: [UInt8], to session: SessionID, _ chat: Chat, _ address: IPAddress, at now: Moment) {
        findings.expect(!ended.contains(session), "\(session) was thrown out, and gets something")
        let event = expectKept(json)
        guard event?.type == "welcome", let place = chat.sessions[Int(session.slot)].user else { return }
        let user = chat.users[place]
        for sanction in sanctions.values where sanction.isActive(at: now) {
            let isOn =
                switch sanction.subject {
                case .user(let id): id == user.id
                case .name(let key): key == user.name.key
                case .network(let network): network.contains(address)
                case .mute: false
                }
            findings.expect(!isOn, "\(user.name.text) is welcome, in spite of \(sanction)")
        }
    }

    /// Nobody gets a message after it was told that it is withdrawn.
    @discardableResult
    func expectKept(_ json: [UInt8]) -> Received? {
        guard !deletions.isEmpty || !sanctions.isEmpty || !edits.isEmpty || !reactions.isEmpty else { return nil }
        let event = events.read(json)
        let isSaid = event.type == "message" || event.type == "private"
        for message in (event.messages ?? []) + (isSaid ? [event] : []) {
            let isGone = message.seq.map(deletions.contains) == true
            findings.expect(!isGone, "somebody gets \(message), which is withdrawn")
            expectCurrent(message, inPage: event.messages != nil)
        }
        return event
    }

    /// Nobody gets a text after it was told of a newer one, and pages have the reactions of now. The ledger may be ahead of the chat.
    private func expectCurrent(_ message: Received, inPage: Bool) {
        guard let seq = message.seq, let ledger else { return }
        if let text = edits[seq], let all = ledger.texts[seq], let told = all.lastIndex(of: text) {
            let isCurrent = message.text.flatMap { all.lastIndex(of: $0) }.map { $0 >= told } == true
            findings.expect(isCurrent, "somebody gets \(message), whose text is “\(text)” by now")
        }
        guard inPage else { return }
        let sent = Set((message.reactions ?? []).flatMap { one in one.users.map { "\($0) \(one.emoji)" } })
        let (told, stored) = (reactions[seq] ?? [], ledger.reactions(of: seq))
        findings.expect(
            told.intersection(stored).isSubset(of: sent) && sent.isSubset(of: told.union(stored)),
            "somebody gets \(message), and its reactions are \(told)")
    }

    func closes(_ session: SessionID, _ closeReason: CloseReason) {
        switch closeReason {
        case .helloTimeout: findings.took(.helloTimeout)
        case .overRate: findings.took(.overRate)
        case .tooManySessions, .tooManyNames, .slowReader, .idle, .tooManyConnections, .tokenExpired:
            findings.violated("\(session) is one too many, of few")
        case .kicked:
            findings.took(.kicked)
            ended.insert(session)
        case .banned:
            findings.took(.banned)
            ended.insert(session)
        case .signedOut: ended.insert(session)
        }
    }

    func concludes(_ number: UInt64, _ result: AdminResult) {
        findings.expect(orders.remove(number) != nil, "the order \(number) is answered twice")
        findings.note("order \(number): \(result)")
        if case .refused = result { findings.took(.orderRefused) }
    }
}
