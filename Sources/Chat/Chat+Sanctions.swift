// Bans and mutes: checks of administrators' commands, and their effect when the ledger has stored them.

import Primitives

extension Chat {
    func check(until: Int64?, _ reason: String?, at now: Moment) throws(AdminError) {
        if let until, until <= now.wall { throw AdminError("The time \(timeText(until)) is over already.") }
        guard (reason ?? "").utf8.count <= ChatLimits.reasonBytes else {
            throw AdminError("The reason is longer than \(ChatLimits.reasonBytes) bytes.")
        }
    }

    /// - Returns: the index of the user with the name, or with one that looks the same.
    func user(named name: String) throws(AdminError) -> UInt32 {
        guard let key = (try? UserName(stored: name))?.key, let user = names.owner(ofKey: key) else {
            throw AdminError("Nobody has the name \(name).")
        }
        return user
    }

    /// - Returns: the subject of a ban, and its name for people.
    func subject(of target: BanTarget) throws(AdminError) -> (Sanction.Subject, name: String) {
        switch target {
        case .name(let text):
            guard let name = try? UserName(stored: text) else { throw AdminError("\(text) is not a valid name.") }
            return (.name(name.key), name.text)
        case .user(let name):
            let user = users[try user(named: name)]
            return (.user(user.id), user.name.text)
        case .network(let network): return (.network(network), network.description)
        }
    }

    mutating func append(
        sanction subject: Sanction.Subject, _ name: String, until: Int64?, _ reason: String?, _ number: UInt64,
        at now: Moment, into actions: inout [Action]
    ) throws(AdminError) {
        guard sanctions.count < ChatLimits.sanctions || sanctions[subject] != nil else {
            throw AdminError("There are \(ChatLimits.sanctions) bans and mutes already. Lift some of them first.")
        }
        let sanction = Sanction(subject: subject, name: name, until: until, reason: reason, since: now.wall)
        var what = "banned"
        if case .mute = subject { what = "muted" }
        append(.sanction(sanction), number, "\(name) is \(what)\(sanction.ending)", into: &actions)
    }

    mutating func lift(_ target: BanTarget, _ number: UInt64, into actions: inout [Action]) throws(AdminError) {
        let ban: Sanction?
        let name: String
        switch target {
        case .name(let text):
            name = text
            ban = (try? UserName(stored: text)).flatMap { sanctions[.name($0.key)] }
        case .user(let text):
            name = text
            // Found by the user's current name, or by its name when it was banned.
            let user = (try? UserName(stored: text)).flatMap { names.owner(ofKey: $0.key) }
            ban =
                user.flatMap { sanctions[.user(users[$0].id)] }
                ?? sanctions.all.first { if case .user = $0.subject { $0.name == text } else { false } }
        case .network(let network):
            name = network.description
            ban = sanctions[.network(network)]
        }
        guard let ban else { throw AdminError("\(name) is not banned.") }
        append(.lift(ban.subject), number, "The ban of \(name) is lifted.", into: &actions)
    }

    /// The ledger has stored a ban or a mute: a banned user's sessions are closed.
    mutating func applySanction(_ sanction: Sanction, at now: Moment, into actions: inout [Action]) {
        // The user may have been released while the sanction was on its way.
        if let id = sanction.subject.user, users.index(of: id) == nil { return }
        sanctions.insert(sanction)
        guard sanction.isActive(at: now) else { return }
        switch sanction.subject {
        // Its text was for all to see.
        case .mute(let id): removeStatus(of: id, into: &actions)
        case .user(let id):
            if let user = users.index(of: id) { closeSessions(of: user, sanction.closeReason, at: now, into: &actions) }
        case .name(let key):
            if let user = names.owner(ofKey: key) {
                closeSessions(of: user, sanction.closeReason, at: now, into: &actions)
            }
        case .network(let network):
            for slot in sessions.indices where network.contains(sessions[slot].address) {
                let session = session(UInt32(slot))
                if canReceive(session) { close(session, sanction.closeReason, at: now, into: &actions) }
            }
        }
    }

    mutating func closeSessions(
        of user: UInt32, _ reason: CloseReason, at now: Moment, into actions: inout [Action]
    ) {
        for slot in users[user].sessions { close(session(slot), reason, at: now, into: &actions) }
    }
}

extension Sanction {
    var closeReason: CloseReason { .banned(until: until, reason: reason) }

    /// The end of a sentence about the sanction.
    var ending: String { "\(until.map { " until \(timeText($0))" } ?? "")\(reason.map { ": \($0)" } ?? ".")" }
}
