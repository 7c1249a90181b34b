// The one interpreter of the chat's actions. The daemon, the simulation, the fuzzers and the tests all run it, over their own
// transports, ledgers, crash logs and reporters.
//
// Each input changes the chat and appends actions to one queue; the queue is then worked off to its end, in order. An action
// that is an input itself (closing a session disconnects it) appends behind what is queued: no action runs inside another.

package import Chat
package import Primitives
package import StateCoding

package final class ChatHost {
    package internal(set) var chat: Chat
    private let transport: any Transport
    private let ledger: any Ledger
    private let crashLog: any CrashLog
    private let reporter: any Reporter
    private var queue: [Action] = []
    private var isPerforming = false
    private var commands: [UInt64: (AdminResult) -> Void] = [:]
    private var requests: [UInt64: (ProgramAnswer) -> Void] = [:]
    /// The number of the newest command or request.
    private var lastCommand: UInt64 = 0
    /// Entries that the ledger has queued, and whose outcomes have not come out.
    private var pendingEntries = 0
    /// The number of the newest entry that was applied. To read `chat.newest` after each tick would copy the whole chat.
    package private(set) var newest: UInt64

    package init(
        _ chat: Chat, transport: any Transport, ledger: any Ledger, crashLog: any CrashLog, reporter: any Reporter
    ) {
        self.chat = chat
        newest = chat.newest
        self.transport = transport
        self.ledger = ledger
        self.crashLog = crashLog
        self.reporter = reporter
    }

    // MARK: connections

    /// A client has connected.
    /// - Parameters:
    ///   - authenticatedName: the user whom the proxy names, where names are the proxy's business.
    ///   - address: the client's own; nil where it is not known.
    ///   - token: that of its user, where its `hello` makes a new one; nil for a random one.
    package func connected(
        _ session: SessionID, authenticatedName: String? = nil, address: IPAddress? = nil, token: String? = nil,
        at now: Moment
    ) {
        run(at: now) {
            $0.connected(
                session, authenticatedName: authenticatedName, address: address, token: token, at: now, into: &$1)
        }
    }

    /// A connection that has outlived the process before: its client is asked to say hello again.
    /// - Parameter resync: the number that its hello must repeat; higher than after any crash before.
    package func recovered(
        _ session: SessionID, authenticatedName: String?, address: IPAddress?, resync: UInt32, at now: Moment
    ) {
        run(at: now) {
            $0.recovered(
                session, authenticatedName: authenticatedName, address: address, again: resync, at: now, into: &$1)
        }
    }

    /// A client has sent one whole text message, valid UTF-8.
    package func received(_ session: SessionID, _ text: [UInt8], at now: Moment) {
        run(at: now) { $0.received(session, text, at: now, into: &$1) }
    }

    /// The client's connection is gone. Not to be called for a session that the host has closed.
    package func disconnected(_ session: SessionID, at now: Moment) {
        run(at: now) { $0.disconnected(session, at: now, into: &$1) }
    }

    /// Everything that was sent to the session is written, as `Transport.awaitDrain` asked for.
    package func drained(_ session: SessionID, at now: Moment) { run(at: now) { $0.drained(session, into: &$1) } }

    // MARK: the ledger, time, administrators

    /// Applies all outcomes that the ledger has.
    package func applyOutcomes(at now: Moment) {
        ledger.takeOutcomes { outcome in
            count(outcome)
            reporter.resolved(outcome)
            run(at: now) { chat, actions in
                switch outcome {
                case .committed(let committed, let origin):
                    chat.apply(committed, from: origin, at: now, into: &actions)
                case .repeated(let committed, let origin): chat.acknowledge(committed, from: origin, into: &actions)
                case .refused(let entry, let origin, _): chat.refuse(entry, from: origin, into: &actions)
                case .rejected(let entry, let origin, let rejection):
                    chat.reject(entry, rejection, from: origin, into: &actions)
                case .answered(let number, let answer): chat.answered(number, answer, into: &actions)
                case .forgotten(let seq): chat.forget(upTo: seq)
                case .recovered, .problem: break
                }
            }
        }
    }

    private func count(_ outcome: LedgerOutcome) {
        switch outcome {
        case .committed(let committed, _):
            newest = committed.seq
            pendingEntries -= 1
        case .repeated, .rejected: pendingEntries -= 1
        case .refused(_, _, let error): if !error.isOverflow { pendingEntries -= 1 }
        case .answered, .forgotten, .recovered, .problem: break
        }
    }

    /// Time has passed; to be called about once a second.
    package func tick(at now: Moment) { run(at: now) { $0.tick(at: now, into: &$1) } }

    /// Does what an administrator asks for.
    /// - Parameter completion: called once, with what came of it: at once, or when the ledger has it.
    package func administer(
        _ command: AdminCommand, at now: Moment, completion: @escaping (AdminResult) -> Void
    ) {
        lastCommand += 1
        let number = lastCommand
        commands[number] = completion
        run(at: now) { $0.administer(command, number: number, at: now, into: &$1) }
    }

    /// Does the request of a program.
    /// - Parameter completion: called once, with the answer: at once, or when the ledger has it.
    package func request(
        _ request: ProgramRequest, at now: Moment, completion: @escaping (ProgramAnswer) -> Void
    ) {
        lastCommand += 1
        let number = lastCommand
        requests[number] = completion
        run(at: now) { $0.request(request, number: number, at: now, into: &$1) }
    }

    /// Whether a program may have the events of a room; as `Chat.admit`.
    package func admit(
        _ credential: ProgramRequest.Credential?, from address: IPAddress?, to room: String, at now: Moment
    ) throws(ProgramRefusal) -> Bool {
        try chat.admit(credential, from: address, to: room, at: now)
    }

    /// Applies other settings while people are connected; `identity` must stay.
    package func reconfigure(_ settings: ChatSettings, at now: Moment) {
        run(at: now) { $0.reconfigure(settings, into: &$1) }
    }

    // MARK: other processes

    /// Whether nothing waits for the ledger, so that the state can be written.
    package var isSettled: Bool { pendingEntries == 0 && chat.isSettled }

    /// Writes what the ledger does not know, for the next process. Only while `isSettled`.
    package func write(to writer: inout StateWriter, at now: Moment) { chat.write(to: &writer, at: now) }

    /// Continues from what another process has written. To be called before any other input.
    /// - Parameters:
    ///   - session: the session that has the slot now, or nil where its connection is gone.
    ///   - open: the slots that must have been written.
    ///   - placed: called once the state was read without an error, before its actions are done.
    /// - Throws: where the bytes are not a state of this version; then nothing has changed.
    package func resume(
        from reader: inout StateReader, session: (UInt32) -> SessionID?, open: some Sequence<UInt32>, at now: Moment,
        placed: () -> Void = {}
    ) throws(StateError) {
        var resumed = chat
        var actions: [Action] = []
        try resumed.resume(from: &reader, session: session, open: open, at: now, into: &actions)
        guard reader.isAtEnd else { throw StateError() }
        placed()
        chat = resumed
        run(at: now) { $1 += actions }
    }

    /// The user was in the room when the process before crashed: it stays there for the grace period.
    /// - Returns: the room; nil where there is no such user.
    package func holdPresence(_ user: UserID, in room: String, at now: Moment) -> RoomID? {
        chat.holdPresence(user, in: room, at: now)
    }

    // MARK: actions

    private func run(at now: Moment, _ input: (inout Chat, inout [Action]) -> Void) {
        precondition(!isPerforming, "an action must not call back into the host")
        input(&chat, &queue)
        isPerforming = true
        var next = 0
        while next < queue.count {
            perform(queue[next], at: now)
            next += 1
        }
        queue.removeAll(keepingCapacity: true)
        isPerforming = false
    }

    private func perform(_ action: Action, at now: Moment) {
        switch action {
        case .send(let session, let json): transport.send(json, to: session)
        case .publish(let room, let json): transport.publish(json, to: room)
        case .subscribe(let session, let room): transport.subscribe(session, to: room)
        case .unsubscribe(let session, let room): transport.unsubscribe(session, from: room)
        case .append(let entry, let origin):
            if ledger.append(entry, from: origin) {
                pendingEntries += 1
                reporter.queued()
            }
        case .read(let number, let query, let user): ledger.read(number, query, for: user)
        case .awaitDrain(let session): transport.awaitDrain(session)
        case .close(let session, let reason):
            if transport.close(session, reason, at: now) { chat.disconnected(session, at: now, into: &queue) }
        case .identified(let session, let user): crashLog.identified(session, as: user)
        case .joinedRoom(let session, let name, let room): crashLog.joinedRoom(session, room, name: name)
        case .leftRoom(let session, let room): crashLog.leftRoom(session, room)
        case .adminResult(let number, let result): commands.removeValue(forKey: number)?(result)
        case .answer(let number, let answer): requests.removeValue(forKey: number)?(answer)
        case .report(let report): reporter.report(report)
        }
    }
}
