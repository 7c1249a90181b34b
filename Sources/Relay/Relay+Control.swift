// Administrators' commands, from the control socket. Whoever may connect to it may do everything: its mode is the lock.

internal import Chat
internal import FoundationEssentials
internal import Ledger
internal import Linux
internal import Primitives

/// A connection of the control socket, and what of its request has come.
struct ControlTalk {
    /// The user at the other end.
    let user: UInt32?
    var bytes: [UInt8] = []
}

/// An order that the chat has not answered.
struct PendingOrder {
    let session: SessionID
    let request: ControlRequest
    let by: String
}

/// Why a request can't even be tried.
private struct RequestFlaw: Error {
    let sentence: String
}

extension Relay {
    /// Bytes of a request.
    func receiveRequest(
        _ slot: Slot, _ connection: Connection, _ talk: ControlTalk, _ bytes: Span<UInt8>, at now: Moment
    ) {
        let id = session(slot)
        var talk = talk
        for index in bytes.indices { talk.bytes.append(bytes[index]) }
        guard talk.bytes.count <= Limits.requestBytes else {
            return answer(.refused("The request is longer than \(Limits.requestBytes) bytes."), to: id, at: now)
        }
        connection.phase = .control(talk)
        guard let end = talk.bytes.firstIndex(of: UInt8(ascii: "\n")) else { return }
        guard let request = try? JSONDecoder().decode(ControlRequest.self, from: Data(talk.bytes[..<end])) else {
            let sentence = "The command is of another version than the daemon (\(Version.current)): restart the daemon."
            return answer(.refused(sentence), to: id, at: now)
        }
        let user = talk.user.map { $0 == 0 ? "" : " (user id \($0))" } ?? ""
        perform(request, of: id, by: request.by + user, at: now)
    }

    private func perform(_ request: ControlRequest, of session: SessionID, by: String, at now: Moment) {
        var listing = ControlAnswer.done()
        switch request.command {
        case .status: listing.status = status(at: now)
        case .users: listing.users = chat.userList.map(line)
        case .rooms:
            listing.rooms = chat.roomList.map {
                RoomLine(name: $0.name, users: $0.users, isConfigured: $0.isConfigured, newest: $0.newest)
            }
        case .bans: listing.bans = chat.sanctionList.map(BanLine.init)
        case .reload: return answer(reload(at: now), to: session, at: now)
        case .export, .backup:
            guard let path = configuration.ledger.path else {
                let sentence = "There is no ledger file: the daemon keeps messages in memory. --ledger names a file."
                return answer(.refused(sentence), to: session, at: now)
            }
            let (subject, isBackup) = (request.subject ?? "", request.command == .backup)
            let what = isBackup ? "Copies the ledger to \(subject)." : "Reads the messages of the room \(subject)."
            journal.write(.operated(request, by: by, what))
            return answer(.done(path), to: session, at: now)
        case .kick, .ban, .unban, .mute, .unmute, .announce, .delete:
            do throws(RequestFlaw) {
                let order = try order(for: request, at: now)
                lastOrder += 1
                orders[lastOrder] = PendingOrder(session: session, request: request, by: by)
                let number = lastOrder
                return withChat(at: now) { $0.administer(order, number: number, at: now, into: &$1) }
            } catch {
                return answer(.refused(error.sentence), to: session, at: now)
            }
        }
        answer(listing, to: session, at: now)
    }

    private func order(for request: ControlRequest, at now: Moment) throws(RequestFlaw) -> AdminCommand {
        if let seconds = request.seconds, !Limits.orderSeconds.contains(seconds) {
            throw RequestFlaw(sentence: "It lasts 1 to \(Limits.orderSeconds.upperBound) seconds, or for ever.")
        }
        let until = request.seconds.map { now.wall + $0 * 1000 }
        let subject = request.subject ?? ""
        switch request.command {
        case .kick: return .kick(name: subject, reason: request.reason)
        case .ban: return .ban(try target(of: request), until: until, reason: request.reason)
        case .unban: return .unban(try target(of: request))
        case .mute: return .mute(name: subject, until: until, reason: request.reason)
        case .unmute: return .unmute(name: subject)
        case .announce: return .announce(subject)
        case .delete: return .delete(request.seq ?? 0)
        case .status, .users, .rooms, .bans, .export, .backup, .reload: preconditionFailure("these are no orders")
        }
    }

    private func target(of request: ControlRequest) throws(RequestFlaw) -> BanTarget {
        let subject = request.subject ?? ""
        switch request.target {
        case .name: return .name(subject)
        case .user: return .user(subject)
        case .address:
            do throws(IPNetwork.SyntaxError) { return .network(try IPNetwork(subject)) } catch {
                throw RequestFlaw(sentence: error.description)
            }
        case nil: throw RequestFlaw(sentence: "The request does not say what is banned.")
        }
    }

    private func line(_ person: UserSummary) -> UserLine {
        let addresses = Set(person.sessions.compactMap { connections[Int($0.slot)]?.address }).sorted()
        return UserLine(
            name: person.name, sessions: person.sessions.count, rooms: person.rooms, addresses: addresses,
            isMuted: person.isMuted)
    }

    /// What came of an order.
    func conclude(_ number: UInt64, _ result: AdminResult, at now: Moment) {
        guard let pending = orders.removeValue(forKey: number) else { return }
        switch result {
        case .done(let sentence):
            journal.write(.operated(pending.request, by: pending.by, sentence))
            answer(.done(sentence), to: pending.session, at: now)
        case .refused(let sentence): answer(.refused(sentence), to: pending.session, at: now)
        }
    }

    private func answer(_ answer: ControlAnswer, to session: SessionID, at now: Moment) {
        let slot = session.slot
        guard poller.isOpen(slot), poller.generation(slot) == session.generation,
            let connection = connections[Int(slot)],
            let json = try? JSONEncoder().encode(answer)
        else { return }
        delivery.sendBytes(Array(json) + [UInt8(ascii: "\n")], to: slot, in: &poller)
        drain(slot, connection, at: now)
    }

    private func status(at now: Moment) -> ServiceStatus {
        let (users, rooms) = chat.figures
        return ServiceStatus(
            version: Version.current, process: Process.identifier, upSeconds: (now.monotonic - started) / 1000,
            connections: seats, maxConnections: maxConnections, users: users, rooms: rooms,
            messages: figures.messages, deliveries: delivery.deliveries, seq: chat.newest,
            ledger: configuration.ledger.path, trouble: figures.fault)
    }
}

extension BanLine {
    init(_ sanction: Sanction) {
        kind =
            switch sanction.subject {
            case .name: "ban name"
            case .user: "ban user"
            case .network: "ban address"
            case .mute: "mute"
            }
        subject = sanction.name
        until = sanction.until.map { Date(timeIntervalSince1970: Double($0) / 1000).formatted(.iso8601) }
        reason = sanction.reason
    }
}
