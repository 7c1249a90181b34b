// What holds once everything has settled.

import Model
import Primitives

@testable import Chat

extension World {
    func checkAtRest() {
        checkLedger()
        for client in clients where client.isGood && findings.isClean {
            checkCoverage(client)
            checkPresence(client)
        }
        checkMemory()
    }

    /// What was acknowledged is there once, as it was sent.
    private func checkLedger() {
        var numbers: [String: UInt64] = [:]
        for committed in ledger.everything where !ledger.lost.contains(committed.seq) {
            guard let (user, id) = sender(committed.entry) else { continue }
            // An id is free again once its message is deleted.
            let first = numbers.updateValue(committed.seq, forKey: "\(user.number) \(id)") ?? 0
            findings.expect(first <= ledger.disk.floor, "\(id) is in the ledger twice: \(first), \(committed.seq)")
        }
        for accepted in accepted where clients[accepted.client].isGood {
            let entry = ledger[accepted.seq]
            let sender = entry.flatMap(sender)
            let isOwn =
                sender.map { clients[accepted.client].users.contains($0.0) && $0.1 == accepted.message.id } == true
            findings.expect(
                isOwn && entry.map(text) == accepted.message.text,
                "client \(accepted.client) was told that \(accepted.message) is \(accepted.seq), which is \(entry as Any)"
            )
        }
    }

    /// Everybody has all that it believes to have.
    private func checkCoverage(_ client: Client) {
        for (room, coverage) in client.covered {
            var coverage = coverage
            coverage.reach(ledger.disk.seq)
            check(coverage, of: client, room) {
                if case .message(let message) = $0 { message.room == room } else { false }
            }
            checkChanges(coverage, of: client, room)
        }
        var notices = client.notices
        notices.reach(ledger.disk.seq)
        check(notices, of: client, "announcements") { if case .announcement = $0 { true } else { false } }
        for (place, numbers) in client.shown {
            let gone = numbers.intersection(watch.deletions).sorted()
            findings.expect(gone.isEmpty, "client \(client.index) shows \(gone) in \(place), which are withdrawn")
        }
        guard let user = client.privatesOf else { return }
        var coverage = client.privates
        coverage.reach(ledger.disk.seq)
        check(coverage, of: client, "private messages") { entry in
            if case .private(let message) = entry { message.user == user || message.peer == user } else { false }
        }
    }

    /// Changes come as events only to clients that were here, or that come back; those of a deleted message need not come, nor an edit
    /// after which there is another one.
    private func checkChanges(_ coverage: Coverage, of client: Client, _ room: String) {
        for committed in ledger.everything where !client.got.contains(committed.seq) {
            guard case .change(let change) = committed.entry, change.audience == .room(room),
                change.message > ledger.disk.floor, !watch.deletions.contains(change.message),
                !watch.revived.contains(change.message), !ledger.lost.contains(committed.seq)
            else { continue }
            if case .edit(let text) = change.kind, ledger.texts[change.message]?.last != text { continue }
            for stretch in coverage.stretches {
                guard let start = stretch.strictFrom, start < committed.seq, committed.seq <= stretch.high else {
                    continue
                }
                findings.violated("client \(client.index) lacks \(committed) of \(room): it has all of \(stretch)")
            }
        }
    }

    private func check(_ coverage: Coverage, of client: Client, _ place: String, _ isThere: (Entry) -> Bool) {
        for committed in ledger.everything where isThere(committed.entry) && !client.got.contains(committed.seq) {
            if watch.deletions.contains(committed.seq) || watch.revived.contains(committed.seq)
                || ledger.lost.contains(committed.seq)
            {
                continue
            }
            for stretch in coverage.stretches {
                let isDeleted = committed.seq <= ledger.disk.floor && committed.seq <= stretch.strictFrom ?? .max
                guard let low = stretch.low, low < committed.seq, committed.seq <= stretch.high, !isDeleted else {
                    continue
                }
                findings.violated("client \(client.index) lacks \(committed) of \(place): it has all of \(stretch)")
            }
        }
    }

    /// Who is there, and what everybody is called.
    private func checkPresence(_ client: Client) {
        let chat = daemon.chat
        guard let session = client.session, let place = chat.sessions[Int(session.slot)].user else {
            return findings.violated("client \(client.index) believes to be here")
        }
        findings.expect(
            chat.users[place].name.text == client.name,
            "client \(client.index) believes to be \(client.name), and is \(chat.users[place].name.text)")
        for (room, view) in client.views {
            guard let id = chat.rooms.id(named: room) else { return findings.violated("there is no \(room)") }
            let members = Set(chat.rooms[id].members.map { chat.users[$0].name.text })
            findings.expect(members.count == chat.rooms[id].members.count, "\(room) has somebody twice")
            findings.expect(
                view.count == members.count,
                "client \(client.index) counts \(view.count) in \(room), not \(members.count)")
            findings.expect(
                view.names == nil || view.names == members,
                "client \(client.index) knows \(view.names ?? []) in \(room), and there are \(members)")
            for member in chat.rooms[id].members where view.names != nil {
                let user = chat.users[member]
                findings.expect(
                    view.away.contains(user.id.number) == user.isAway
                        && view.statuses[user.id.number] == chat.users.status(of: member),
                    "client \(client.index) does not know how \(user) is: \(view)")
            }
        }
    }

    /// Nothing is left of what is done.
    private func checkMemory() {
        let chat = daemon.chat
        findings.expect(chat.reads.isEmpty, "questions nobody answers: \(chat.reads)")
        findings.expect(watch.orders.isEmpty, "orders nobody answers: \(watch.orders)")
        findings.expect(
            chat.adminCommands.isEmpty && chat.reads.changes.isEmpty, "orders are left: \(chat.adminCommands)")
        findings.expect(chat.names.claims.isEmpty, "claims are left: \(chat.names.claims.pending.keys)")
        // A nuisance does not read.
        let lagging = daemon.links.filter { $0?.awaitsDrain == true }.count + daemon.laggards.count
        findings.expect(chat.catchUps.count <= lagging, "\(chat.catchUps.count) arrive, \(lagging) lag")
        let grace = Int64(profile.settings.graceSeconds) * 1_000
        findings.expect(
            chat.pendingLeaves.sorted.allSatisfy { (now.monotonic - 1_000...now.monotonic + grace).contains($0.due) },
            "departures are left: \(chat.pendingLeaves.sorted)")
        for (slot, session) in chat.sessions.enumerated() {
            let id = SessionID(slot: UInt32(slot), generation: session.generation)
            findings.expect(session.reads == 0, "session \(slot) waits for \(session.reads) answers")
            // A connection of Socket.IO is none of the chat's.
            if daemon.links[slot].map({ $0.use != .chat }) == true { continue }
            for room in chat.rooms.ids {
                let isLive = session.memberships.contains { $0.room == room && $0.progress == .live }
                findings.expect(
                    daemon.subscriptions(of: id, to: room) == (isLive ? 1 : 0),
                    "\(id) hears \(chat.rooms[room].name): \(isLive)")
            }
        }
        for room in chat.rooms.ids {
            findings.expect(chat.rooms[room].waitingNewcomers.isEmpty, "somebody waits for \(chat.rooms[room].name)")
            findings.expect(
                chat.rooms[room].isConfigured || !chat.rooms[room].members.isEmpty, "\(chat.rooms[room].name) is empty")
        }
        checkUsers(chat)
        daemon.checkBridge()
    }

    /// The chat knows the users that the ledger knows, by the same names, and those that are there.
    private func checkUsers(_ chat: Chat) {
        for known in ledger.disk.users {
            guard let place = chat.users.index(of: known.id) else {
                findings.violated("the chat does not know \(known)")
                continue
            }
            let user = chat.users[place]
            findings.expect(user.name.text == known.name, "\(user) is \(known)")
            let devices = ledger.disk.devices.filter { $0.user == known.id }
            findings.expect(
                chat.users.devices(of: place).map(\.device.token) == devices.map(\.token)
                    && devices.allSatisfy { chat.users.index(of: $0.token) == place }
                    && chat.users.recovery(of: place) == known.recovery, "\(user) has \(devices)")
            findings.expect(chat.names.owner(ofKey: user.name.key) == place, "\(user) has not its name")
            findings.expect(!user.isBeingRenamed && !user.isBeingReleased, "\(user) is on its way")
            findings.expect(user.newestPrivate == known.newestPrivate, "\(user) has \(known.newestPrivate)")
            let sessions = chat.sessions.indices.filter { chat.sessions[$0].user == place }.map { UInt32($0) }
            findings.expect(chat.users.status(of: place) ?? "" == known.status, "\(user) has not \(known.status)")
            findings.expect(
                sessions.isEmpty || user.isAway == sessions.allSatisfy { chat.sessions[Int($0)].isAway },
                "\(user) is told to be away: \(user.isAway)")
            findings.expect(user.sessions.sorted() == sessions, "\(user) has the sessions \(sessions)")
            for room in chat.rooms.ids {
                let there = sessions.filter { chat.sessions[Int($0)].membership(of: room) != nil }.count
                let said = user.presence(in: room).map { user.presences[$0].sessions } ?? 0
                findings.expect(there == said, "\(user) is in \(chat.rooms[room].name) by \(there) sessions")
                findings.expect(
                    chat.rooms[room].members.contains(place) == (user.presence(in: room) != nil),
                    "\(user) is in \(chat.rooms[room].name)")
            }
        }
        findings.expect(
            chat.users.indices(in: 0..<chat.users.capacity) { _ in true }.count == ledger.disk.users.count,
            "the chat knows more users than the ledger")
        // Nothing holds a name that nobody has or had.
        for number in 0..<clients.count * 2 {
            guard let name = try? UserName("Name \(number)"), watch.owner(of: name.text) == nil else { continue }
            let holder = chat.names.owner(ofKey: name.key).map { chat.users[$0].id }
            let isFormer = ledger.disk.users.contains { user in
                user.id == holder && user.formerNames.contains { $0.name == name.text }
            }
            findings.expect(chat.names.isFree(name) || isFormer, "nobody has \(name.text), and it is not free")
        }
    }

    private func sender(_ entry: Entry) -> (UserID, String)? {
        switch entry {
        case .message(let message): (message.user, message.id)
        case .private(let message): (message.user, message.id)
        default: nil
        }
    }

    private func text(_ entry: Entry) -> String? {
        switch entry {
        case .message(let message): message.text
        case .private(let message): message.text
        default: nil
        }
    }
}
