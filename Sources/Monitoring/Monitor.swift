// What administrators see: journal records, figures, health, and what the service manager is told.

package import Chat
package import Host
package import Ledger
internal import Linux
package import Recovery
package import Systemd
package import Transport

package final class Monitor {
    package var journal = JournalWriter()
    package private(set) var messages = MessageFigures()
    package var health = Health()
    var latency = MessageLatency()
    var reserve = DescriptorReserve()
    let ledger: SQLiteLedger
    let transport: SocketTransport
    private(set) var recovery = RecoveryReport()
    /// When the process began.
    package let started = Moment(wall: Clock.wall, monotonic: Clock.monotonic)
    /// Milliseconds without progress of the ledger that are too many.
    private var stallLimit = MonitoringLimits.stallMilliseconds

    private let notifications: Notifications

    package init(_ ledger: SQLiteLedger, _ transport: SocketTransport, _ notifications: Notifications) {
        self.ledger = ledger
        self.transport = transport
        self.notifications = notifications
    }

    /// Tells the service manager (sd_notify(3)).
    package func notify(_ state: String) { notifications.notify(state) }

    package func reportStatus(_ chat: Chat, at now: Int64) {
        let (users, rooms) = chat.figures
        // What is wrong comes first: systemctl may cut the line at its end.
        let line =
            (health.problem.map { "\($0) " } ?? "")
            + "\(counted(transport.clients, "connection")), \(counted(users, "user")), \(counted(rooms, "room")), "
            + "\(messages.rate(at: now)) messages a second"
        notify("STATUS=\(line)")
    }

    // MARK: the tick

    package func beginTurn() { latency.beginTurn(at: Clock.monotonicNanoseconds) }

    package func endTick() { latency.endTick(at: Clock.monotonicNanoseconds) }

    // MARK: health

    /// The time within which the service manager wants to hear WATCHDOG=1, in milliseconds; nil without one.
    package func useWatchdog() -> Int64? {
        guard let limit = ServiceManager.watchdogMilliseconds else { return nil }
        stallLimit = limit / 2
        return limit
    }

    /// Tells the watchdog that all is well, unless the ledger's writer makes no progress: the service manager then ends a daemon that
    /// could only accept messages and never store them.
    package func feedWatchdog(at now: Int64) {
        checkLedger(at: now)
        if !health.isStalled { notifications.feedWatchdog() }
    }

    /// Looks at everything that can be wrong.
    /// - Returns: whether something has become wrong, or right again.
    package func check(lacksDescriptors: Bool, at now: Int64) -> Bool {
        let problem = health.problem
        checkLedger(at: now)
        health.isFull = transport.clients >= transport.connectionLimit
        health.lacksDescriptors = lacksDescriptors
        health.journalBlocked = journal.blocked(at: now)
        checkManager(at: now)
        // Sentences with seconds in them change all the time.
        return (problem == nil) != (health.problem == nil)
    }

    private func checkManager(at now: Int64) {
        let wasSilent = health.isManagerSilent
        notifications.retry(at: now)
        health.silence = notifications.silence(at: now)
        health.unstored = transport.unstoredConnections
        if health.isManagerSilent, !wasSilent {
            journal.write(.managerSilent(milliseconds: health.silence, unstored: health.unstored))
        }
    }

    private func checkLedger(at now: Int64) {
        let (wasStalled, duration) = (health.isStalled, health.stalled)
        let figures = ledger.figures
        health.queued = figures.queued
        health.queueLimit = figures.queueLimit
        health.stalled = ledger.stalled(at: now)
        health.isStalled = health.stalled > stallLimit
        if health.isStalled, !wasStalled {
            journal.write(.stalled(milliseconds: health.stalled, queued: health.queued))
        }
        if wasStalled, !health.isStalled { journal.write(.stallEnded(milliseconds: duration)) }
    }

    package func report(_ report: RecoveryReport) {
        recovery = report
        if report.recovered + report.inDoubt + report.unknown + report.lost > 0 || report.isCrash {
            journal.write(.recovered(report))
        }
    }
}

extension Monitor: Reporter {
    package func queued() { latency.enqueue() }

    package func resolved(_ outcome: LedgerOutcome) {
        switch outcome {
        case .committed(let committed, _):
            latency.dequeue(isDelivered: committed.entry.isMessage)
            messages.count(committed.entry)
            health.refusal = nil
        case .repeated, .rejected: latency.dequeue(isDelivered: false)
        case .refused(_, _, let error):
            if !error.isOverflow { latency.dequeue(isDelivered: false) }
            journal.write(.notStored(error))
            health.refusal = error.description
        case .answered(_, let answer): if case .failed(let reason) = answer { journal.write(.notRead(reason)) }
        case .forgotten: break
        case .recovered: health.refusal = nil
        case .problem(let error):
            if let error { journal.write(.ledgerProblem(error)) }
            health.ledgerProblem = error?.description
            // Until `.recovered`.
            if let error, error.isOutage { health.refusal = error.description }
        }
    }

    package func report(_ report: Report) {
        switch report {
        case .named(let session, let name):
            write(session) { connection in
                connection.name = name
                return .connected(connection)
            }
        case .renamed(let session, let name, let was):
            write(session) { connection in
                connection.name = name
                return .renamed(connection, was: was)
            }
        case .joined(let session, let name, let room): write(session) { .joined(name, room: room, $0) }
        case .left(let name, let room): journal.write(.left(name, room: room))
        case .roomOpened(let room): journal.write(.roomOpened(room))
        case .roomClosed(let room): journal.write(.roomClosed(room))
        case .overRate(let session, _): write(session) { .overRate($0) }
        case .tooManySessions(let session, let name, let count):
            write(session) { .tooManySessions($0, name, count: count) }
        case .tooManyNames(let session): write(session) { .tooManyNames($0) }
        case .namesFull(let count): journal.write(.namesFull(count: count))
        }
    }

    private func write(_ session: SessionID, _ record: (Connection) -> JournalRecord) {
        if let connection = transport.connection(of: session) { journal.write(record(connection)) }
    }
}

extension Monitor {
    package func report(_ event: TransportEvent) {
        switch event {
        case .refused(let connection, let error): journal.write(.refused(connection, error))
        case .disconnected(let connection, let code, let now):
            journal.write(.disconnected(connection, code: code, at: now))
        case .protocolError(let connection, let code, let reason):
            journal.write(.protocolError(connection, code: code, reason: reason))
        case .slowReader(let connection, let bytes, let sum):
            journal.write(.slowReader(connection, bytes: bytes, ofClient: sum))
        case .idle(let connection): journal.write(.idle(connection))
        case .clientLimit(let connection, let count): journal.write(.clientLimit(connection, count: count))
        case .handshakeLimit(let connection, let limit): journal.write(.handshakeLimit(connection, limit: limit))
        case .connectionLimit(let limit): journal.write(.connectionLimit(limit: limit))
        case .notTheProxy(let user): journal.write(.notTheProxy(user))
        case .descriptorLimit(let error): journal.write(.descriptorLimit(error))
        case .notStashed(let error): journal.write(.notStashed(error))
        }
    }
}
