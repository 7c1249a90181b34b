// What a client does with what it gets. Client+Arrive.swift has how it comes.

import WebSocket

@testable import Chat

extension Client {
    var findings: Findings { world.findings }
    var me: String { "client \(index) (\(name))" }

    func receive(_ bytes: [UInt8], on link: Link) {
        if let socket { return socket.receive(bytes, on: link) }
        guard self.link === link else { return }
        for (head, payload) in frames.receive(bytes) where self.link === link {
            switch head {
            case 0x81: receive(world.events.read(payload))
            case 0x88:
                write(.close, Array(payload.prefix(2)))
                lost(wait: wait(afterClose: payload))
            case 0x8a: break
            default: findings.violated("\(me) got a frame that begins with \(head)")
            }
        }
    }

    /// Milliseconds until it comes back.
    func wait(afterClose payload: [UInt8]) -> Int {
        let code = payload.count < 2 ? 0 : Int(payload[0]) << 8 | Int(payload[1])
        return code == 4000 ? 0 : world.dice.below(5_000)
    }

    func receive(_ event: Received) {
        let isNewest = event.type == "history" && event.before == nil && event.with == nil
        switch event.type {
        case "welcome": welcomed(event)
        case "message", "private", "deleted", "edited", "reaction", "topic": said(event)
        case "read", "reads": break
        case "joined": joined(event)
        case "left": left(event.room ?? "")
        case "history": if isNewest { began(event) } else { paged(event) }
        case "found": for message in event.messages ?? [] { check(message, mayHaveLeft: true) }
        case "ack": if let id = event.id, let seq = event.seq { accepted(id, seq) }
        case "error": refused(event)
        case "renamed": name = event.name ?? name
        case "who" where event.room == nil: break
        case "presence": told(event)
        case "who": views[event.room ?? ""] = View(event)
        case "system" where event.event == "announcement": said(event)
        case "system" where event.event == "restart":
            findings.expect(event.again.map { $0 > again ?? 0 } == true, "\(me) got \(event) after \(again ?? 0)")
            startAgain(event.again ?? 0)
        case "system":
            let room = event.room ?? ""
            findings.expect(hearing[room] != nil && hearing[room] != .asked, "\(me) hears \(room): \(event)")
            views[room]?.happens(event, in: room, to: self)
        case "typing", "signal": findings.expect(hearing[event.room ?? ""] != nil, "\(me) hears \(event.room ?? "")")
        case "rooms": break
        default: findings.violated("\(me) got \(event)")
        }
        if isArriving, waits.isEmpty { arrived() }
    }

    /// Of whoever is in one of its rooms, or of itself.
    private func told(_ event: Received) {
        findings.took(event.status == nil ? .away : .hasStatus)
        for room in views.keys { views[room]?.tells(event) }
    }

    // MARK: messages

    /// A message as it happens, or as it was missed.
    private func said(_ event: Received) {
        guard let seq = event.seq else { return findings.violated("a message without a number") }
        let isForAll = event.type == "system"
        let place = event.room ?? "@"
        check(event)
        findings.expect(seq > lastLive, "\(me) got \(seq) after \(lastLive)")
        findings.expect(seq > newest[place] ?? 0, "\(me) got \(seq) again, which was among the newest of \(place)")
        if !isForAll, place != "@" {
            let missed = isArriving && !isNew && waits.contains(place)
            let hears = hearing[place] == .live || hearing[place] == .leaving
            findings.expect(missed || hears, "\(me) hears \(place), and is not there: \(event)")
        }
        (lastLive, highest) = (seq, max(highest, seq))
        for room in hearing.keys where hearing[room] == .live { covered[room]?.happened(seq) }
        privates.happened(seq)
        notices.happened(seq)
        take(event)
        if !isArriving || !isNew {
            position = highest
            if isArriving { for room in waits { covered[room]?.reach(seq) } }
        }
    }

    /// It is in the ledger as it came, and is this client's business.
    func check(_ event: Received, mayHaveLeft: Bool = false) {
        guard let seq = event.seq, let entry = world.ledger[seq] else {
            return findings.violated("\(me) got what is not in the ledger: \(event)")
        }
        switch entry {
        case .message(let message):
            findings.expect(
                event.type == "message" && event.id == message.id && event.room == message.room
                    && world.ledger.hasHad(event.text, seq) && event.from == message.from,
                "\(me) got \(event), and the ledger has \(message)")
            findings.expect(
                hearing[message.room] != nil || mayHaveLeft && covered[message.room] != nil,
                "\(me) got a message of \(message.room): \(event)")
        case .private(let message):
            findings.expect(
                event.type == "private" && event.id == message.id && world.ledger.hasHad(event.text, seq),
                "\(me) got \(event), and the ledger has \(message)")
            findings.expect(
                message.user == user || message.peer == user,
                "\(me) is \(user as Any) and got \(message), which is not for it")
        case .announcement(let announcement):
            findings.expect(
                event.event == "announcement" && event.text == announcement.text,
                "\(me) got \(event), and the ledger has \(announcement)")
        case .topic(let topic):
            findings.expect(
                event.type == "topic" && event.room == topic.room && event.title == topic.title,
                "\(me) got \(event), and the ledger has \(topic)")
        case .change(let change):
            guard isEvent(event, of: change), case .number(change.message) = event.message else {
                return findings.violated("\(me) got \(event), and the ledger has \(change)")
            }
            switch change.audience {
            case nil: break
            case .room(let room): findings.expect(event.room == room, "\(me) got \(event), of \(room)")
            case .between(let one, let other, _, _):
                findings.expect(event.room == nil && (one == user || other == user), "\(me) got \(event)")
            }
        default: findings.violated("\(me) got \(event), which is no message")
        }
    }

    private func isEvent(_ event: Received, of change: Change) -> Bool {
        switch change.kind {
        case .deletion: return event.type == "deleted"
        case .edit:
            findings.took(.toldOfEdit)
            return event.type == "edited" && world.ledger.hasHad(event.text, change.message)
        case .reaction(let emoji, let isOn):
            return event.type == "reaction" && event.emoji == emoji && event.on == isOn
        }
    }

    func take(_ event: Received) {
        guard let seq = event.seq else { return }
        got.insert(seq)
        let place = event.room ?? "@"
        if event.type == "deleted", case .number(let message) = event.message {
            shown[place]?.remove(message)
        } else if event.type == "message" || event.type == "private" {
            shown[place, default: []].insert(seq)
        }
        if let id = event.id, pending.contains(where: { $0.id == id && $0.text == event.text }) { accepted(id, seq) }
    }

    /// The server has it: this is not sent again.
    private func accepted(_ id: String, _ seq: UInt64) {
        guard let place = pending.firstIndex(where: { $0.id == id }) else { return }
        acknowledged[id] = seq
        world.accepted.append(Accepted(client: index, message: pending.remove(at: place), seq: seq))
    }

    private func paged(_ event: Received) {
        let place = event.room ?? "@"
        let messages = event.messages ?? []
        // It may have left meanwhile.
        for message in messages { check(message, mayHaveLeft: true) }
        guard event.with == nil, let page = paging, page.place == place, page.before == event.before else { return }
        paging = nil
        guard place == "@" || hearing[place] == .live else { return }
        findings.took(.paged)
        for message in messages { take(message) }
        let low = event.hasMore ? (messages.first?.seq ?? page.before) - 1 : 0
        if place == "@" {
            privates.reachDown(to: low, from: page.before - 1)
        } else {
            covered[place]?.reachDown(to: low, from: page.before - 1)
        }
    }

    // MARK: refusals

    private func refused(_ event: Received) {
        let pause = now + (event.retry ?? Int64(200 + world.dice.below(3_000)))
        let passes = event.code == "try-again" || event.code == "rate-limited"
        if let id = event.id {
            guard let place = pending.firstIndex(where: { $0.id == id }) else { return }
            switch event.code {
            case _ where passes: pending[place].dueAt = pause
            case "not-in-room": pending[place].dueAt = pause
            case "no-such-user": pending.remove(at: place)
            case "muted":
                findings.took(.muted)
                pending[place].dueAt = pause
            default: if isGood { findings.violated("\(me) is refused: \(event)") }
            }
        } else if state != .online {
            if event.code == "name-taken" {
                findings.took(.nameTaken)
                name = event.proposal ?? name
            }
            if event.code == "name-banned" { name = "Name \(world.dice.below(world.clients.count * 2))" }
            if vice != .mute { state = .greeting(hello: pause, giveUp: now + 25_000) }
        } else if let room = event.room, event.with == nil {
            // It was typing or a signal.
            if event.code == "muted" { return }
            if paging?.place == room { paging = nil }
            // Nothing that `join` is answered with.
            if event.code == "not-in-room" || passes { return }
            if hearing[room] == .asked {
                covered[room]?.stop()
                hearing[room] = nil
                waits.remove(room)
                // Whoever is back in no room can't tell when it has arrived.
                if waits.isEmpty, !isNew { isArriving = false }
            }
        } else {
            if event.code == "name-taken" { findings.took(.renameRace) }
            paging = nil
        }
    }
}

/// What its sender believes to be in the ledger.
struct Accepted {
    let client: Int
    let message: Pending
    let seq: UInt64
}
