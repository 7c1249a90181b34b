// The daemon's end of the control socket. Everybody who can connect to it may do everything: its file mode is the access control.

package import Chat
internal import FoundationEssentials
package import Host
internal import Ledger
internal import Linux
package import Monitoring
internal import Primitives
package import Transport

package final class ControlServer {
    private let host: ChatHost
    private let transport: SocketTransport
    private let monitor: Monitor
    private let settings: SettingsStore
    /// Reads the settings again and applies them.
    private let reload: (Moment) -> ControlAnswer

    package init(
        _ host: ChatHost, _ transport: SocketTransport, _ monitor: Monitor, _ settings: SettingsStore,
        reload: @escaping (Moment) -> ControlAnswer
    ) {
        self.host = host
        self.transport = transport
        self.monitor = monitor
        self.settings = settings
        self.reload = reload
    }

    /// Why a request can't even be tried.
    private struct RequestError: Error {
        let sentence: String
    }

    /// Handles a request, and answers it now or when the ledger has what it needs.
    /// - Parameter user: the user id at the other end.
    package func handle(_ line: [UInt8], from session: SessionID, user: UInt32?, at now: Moment) {
        guard line.count <= TransportLimits.controlRequestBytes else {
            let sentence = "The request is longer than \(TransportLimits.controlRequestBytes) bytes."
            return answer(.refused(sentence), to: session, at: now)
        }
        guard let request = try? JSONDecoder().decode(ControlRequest.self, from: Data(line)) else {
            let sentence = "The command is of another version than the daemon (\(Version.current)): restart the daemon."
            return answer(.refused(sentence), to: session, at: now)
        }
        let user = user.map { $0 == 0 ? "" : " (user id \($0))" } ?? ""
        perform(request, of: session, by: request.by + user, at: now)
    }

    private func perform(_ request: ControlRequest, of session: SessionID, by: String, at now: Moment) {
        var listing = ControlAnswer.done()
        switch request.command {
        case .status: listing.status = status(at: now)
        case .users: listing.users = host.chat.userList.map(line)
        case .rooms:
            listing.rooms = host.chat.roomList.map {
                RoomLine(name: $0.name, users: $0.users, isConfigured: $0.isConfigured, newest: $0.newest)
            }
        case .bans: listing.bans = host.chat.sanctionList.map(ControlServer.line)
        case .bots: listing.bots = host.chat.botList.map(ControlServer.line)
        case .reload: return answer(reload(request, at: now), to: session, at: now)
        case .post:
            let operation = ProgramRequest.Operation.post(
                room: request.subject ?? "", id: request.id, text: request.text ?? "", re: nil)
            return ask(operation, request, of: session, at: now)
        case .tail:
            let operation = ProgramRequest.Operation.history(
                room: request.subject ?? "", before: nil, after: request.seq, limit: ControlServer.tailMessages)
            return ask(operation, request, of: session, at: now)
        case .export, .backup:
            guard let path = settings.configuration.ledger.path else {
                let sentence = "There is no ledger file: the daemon keeps messages in memory. --ledger names a file."
                return answer(.refused(sentence), to: session, at: now)
            }
            let (subject, isBackup) = (request.subject ?? "", request.command == .backup)
            let what = isBackup ? "Copies the ledger to \(subject)." : "Reads the messages of the room \(subject)."
            record(request, by: by, what)
            return answer(.done(path), to: session, at: now)
        case .kick, .ban, .unban, .mute, .unmute, .announce, .delete, .addBot, .removeBot:
            do throws(RequestError) {
                let command = try command(for: request, at: now)
                return host.administer(command, at: now) { [unowned self] result in
                    finish(request, of: session, by: by, result)
                }
            } catch {
                return answer(.refused(error.sentence), to: session, at: now)
            }
        }
        answer(listing, to: session, at: now)
    }

    /// In ExecReload= of a copied unit the command may name the control socket of another instance.
    private func reload(_ request: ControlRequest, at now: Moment) -> ControlAnswer {
        guard let meant = request.process, meant != Process.identifier else { return reload(now) }
        return .refused(
            "Nothing was reloaded: the unit's process is \(meant), and process \(Process.identifier) answers at this control socket. Give the command of ExecReload= the unit's own: --socket PATH."
        )
    }

    private func command(for request: ControlRequest, at now: Moment) throws(RequestError) -> AdminCommand {
        if let seconds = request.seconds, !ControlServer.sanctionSeconds.contains(seconds) {
            let most = ControlServer.sanctionSeconds.upperBound
            throw RequestError(sentence: "It lasts 1 to \(most) seconds, or for ever.")
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
        case .addBot: return .addBot(name: subject, rooms: request.rooms ?? [])
        case .removeBot: return .removeBot(name: subject)
        case .status, .users, .rooms, .bans, .bots, .post, .tail, .export, .backup, .reload:
            preconditionFailure("not a command to the chat")
        }
    }

    /// Seconds for which a ban or a mute may last: up to a century.
    private static let sanctionSeconds: ClosedRange<Int64> = 1...3_155_760_000

    private func target(of request: ControlRequest) throws(RequestError) -> BanTarget {
        let subject = request.subject ?? ""
        switch request.target {
        case .name: return .name(subject)
        case .user: return .user(subject)
        case .address:
            do throws(IPNetwork.SyntaxError) { return .network(try IPNetwork(subject)) } catch {
                throw RequestError(sentence: error.description)
            }
        case nil: throw RequestError(sentence: "The request does not say what is banned.")
        }
    }

    /// Messages in one answer to `tail`.
    private static let tailMessages = 50

    private func ask(
        _ operation: ProgramRequest.Operation, _ request: ControlRequest, of session: SessionID, at now: Moment
    ) {
        let asked = ProgramRequest(.administrator(botName: request.name ?? ""), from: nil, operation)
        host.request(asked, at: now) { [unowned self] result in
            var answer = ControlAnswer.done()
            switch result {
            case .done(let json): answer.event = String(decoding: json, as: UTF8.self)
            case .refused(let refusal):
                answer = .refused(refusal.sentence)
                answer.mayRepeat = refusal.retry != nil
            }
            self.answer(answer, to: session, at: Moment(wall: Clock.wall, monotonic: Clock.monotonic))
        }
    }

    /// The chat has done a command, or refused it.
    private func finish(_ request: ControlRequest, of session: SessionID, by: String, _ result: AdminResult) {
        let now = Moment(wall: Clock.wall, monotonic: Clock.monotonic)
        switch result {
        case .done(let sentence):
            record(request, by: by, sentence)
            answer(.done(sentence), to: session, at: now)
        case .made(let sentence, let token):
            record(request, by: by, sentence)
            var made = ControlAnswer.done(sentence)
            made.token = token
            answer(made, to: session, at: now)
        case .refused(let sentence): answer(.refused(sentence), to: session, at: now)
        }
    }

    private func record(_ request: ControlRequest, by: String, _ sentence: String) {
        // An announcement is the text of a message, and stays out of the journal.
        let subject = request.command == .announce ? nil : request.subject
        monitor.journal.write(
            .administered(
                sentence, by: by, command: request.command.rawValue, subject: subject, reason: request.reason,
                seq: request.seq))
    }

    private func answer(_ answer: ControlAnswer, to session: SessionID, at now: Moment) {
        guard let json = try? JSONEncoder().encode(answer) else { return }
        transport.answer(Array(json) + [UInt8(ascii: "\n")], to: session, at: now)
    }

    // MARK: listings

    private func status(at now: Moment) -> ServiceStatus {
        let (users, rooms) = host.chat.figures
        return ServiceStatus(
            version: Version.current, process: Process.identifier,
            upSeconds: (now.monotonic - monitor.started.monotonic) / 1000, connections: transport.clients,
            maxConnections: transport.connectionLimit, users: users, rooms: rooms, messages: monitor.messages.all,
            deliveries: transport.deliveries, seq: host.chat.newest, ledger: settings.configuration.ledger.path,
            problem: monitor.health.problem)
    }

    private func line(_ user: UserSummary) -> UserLine {
        let addresses = Set(user.sessions.compactMap { transport.connection(of: $0)?.address }).sorted()
        return UserLine(
            name: user.name, sessions: user.sessions.count, rooms: user.rooms, addresses: addresses,
            isMuted: user.isMuted)
    }

    private static func line(_ bot: BotSummary) -> BotLine {
        BotLine(
            name: bot.name, user: bot.user.number, rooms: bot.rooms, created: text(bot.created), seen: text(bot.seen))
    }

    /// RFC 3339.
    private static func text(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }

    private static func line(_ sanction: Sanction) -> BanLine {
        let kind =
            switch sanction.subject {
            case .name: "ban name"
            case .user: "ban user"
            case .network: "ban address"
            case .mute: "mute"
            }
        let until = sanction.until.map(text)
        return BanLine(kind: kind, subject: sanction.name, until: until, reason: sanction.reason)
    }
}
