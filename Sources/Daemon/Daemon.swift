// Joins the rooms on one event loop, one thread.
//
// A turn: the transport reads from the connections that are ready, and the host gives their messages to the chat; the host applies
// what the ledger has committed; the transport writes the tick. Daemon+Restart.swift has the planned restart.

package import Chat
package import HTTP
package import Handover
internal import Host
package import Ledger
package import Linux
internal import Monitoring
package import Operations
package import Primitives
internal import Recovery
package import Systemd
package import Transport

package final class Daemon {
    /// What the process is about.
    enum LifecyclePhase {
        case running
        /// Nothing is read any more; the restart state is written once the ledger is idle.
        case restarting(Successor)
        case stopping
    }

    /// The new program that runs with --check.
    struct ProgramCheck {
        let child: ChildProcess
        /// When it has taken too long, in milliseconds of the monotonic clock.
        let due: Int64
    }

    /// Sources of the event loop that are switched off and on.
    struct EventSources {
        var traffic: EventLoop.EventSource?
        /// The ledger has outcomes; off while they wait for readers that lag.
        var outcomes: EventLoop.EventSource?
        /// On meanwhile, to look again.
        var probe: EventLoop.EventSource?
        /// Ends a planned restart that takes too long.
        var restartLimit: EventLoop.EventSource?
        /// Looks at the check of a new program; on while that runs.
        var programCheck: EventLoop.EventSource?
    }

    let loop: EventLoop
    let settings: SettingsStore
    let ledger: SQLiteLedger
    let store: DescriptorStore
    let notifications: Notifications
    let crashRecords: CrashRecords
    let transport: SocketTransport
    let acceptor: Acceptor
    let host: ChatHost
    let monitor: Monitor
    private var control: ControlServer?
    private let api: APIServer
    var phase = LifecyclePhase.running
    var sources = EventSources()
    var programCheck: ProgramCheck?
    private var seen = Seen()

    private struct Seen {
        /// Since when there has been no WebSocket, on the monotonic clock in milliseconds.
        var idleSince = Clock.monotonic
        /// Disconnections at the last attempt to accept again.
        var disconnections: UInt64 = 0
        var clock = ClockJumpDetector()
        /// The last look at what is due, on the monotonic clock in milliseconds.
        var sweptAt = Clock.monotonic
        /// Whether that one was left out.
        var isAfterPause = false
    }

    /// - Parameters:
    ///   - listeners: open, checked and non-blocking.
    ///   - stored: what the process before has left.
    ///   - crashRecords: and whether they are those of the process before.
    /// - Throws: where the kernel lacks descriptors or memory, or the connections can't be taken over.
    package init(
        _ settings: SettingsStore, listeners: [Listener], ledger: SQLiteLedger, stored: StoredDescriptors,
        notifications: Notifications, store: DescriptorStore,
        _ crashRecords: (records: CrashRecords, areTakenOver: Bool)
    ) throws(SystemError) {
        self.settings = settings
        self.ledger = ledger
        self.notifications = notifications
        self.store = store
        let configuration = settings.configuration
        seen.clock = ClockJumpDetector(reference: ledger.clockReference)
        loop = try EventLoop()
        transport = try SocketTransport(configuration.transport, stash: DescriptorStash(store: store))
        acceptor = Acceptor(listeners, transport)
        monitor = Monitor(ledger, transport, notifications)
        self.crashRecords = crashRecords.records
        let chat = Chat(
            settings: configuration.chat, random: SystemRandomNumberGenerator(), snapshot: ledger.takeSnapshot())
        host = ChatHost(chat, transport: transport, ledger: ledger, crashLog: self.crashRecords, reporter: monitor)
        api = APIServer(host, transport)
        control = ControlServer(host, transport, monitor, settings) { [unowned self] now in reload(at: now) }
        transport.handler = self
        transport.adopt(self.crashRecords)
        transport.serveSocketIO(ledger: chat.ledger)
        self.crashRecords.begin(ledger: chat.ledger, seq: chat.newest)
        var recovery = Recovery(
            transport, host, self.crashRecords, areTakenOver: crashRecords.areTakenOver,
            graceSeconds: configuration.chat.graceSeconds)
        let now = now
        let report = try recovery.run(stored, store, at: now)
        settle(at: now)
        monitor.report(report)
        if ledger.beginning != .complete { monitor.journal.write(.ledgerBegan(ledger.beginning)) }
    }

    var now: Moment {
        let (wall, monotonic) = (Clock.wall, Clock.monotonic)
        seen.clock.check(wall: wall, monotonic: monotonic)
        return Moment(wall: wall, monotonic: monotonic, isClockSettled: seen.clock.isSettled)
    }

    /// Serves until it is told to stop.
    /// - Returns: the exit status.
    /// - Throws: where the event loop fails.
    package func run() throws(SystemError) -> Int32 {
        sources.traffic = try loop.onReadable(transport.descriptor, priority: .traffic) { [unowned self] in turn() }
        sources.outcomes = try loop.onReadable(ledger.descriptor, priority: .traffic) { [unowned self] in
            settle(at: now)
        }
        sources.probe = try loop.every(milliseconds: DaemonLimits.probeMilliseconds) { [unowned self] in
            settle(at: now)
        }
        sources.probe?.isEnabled = false
        try acceptor.start(on: loop) { [unowned self] now in settle(at: now) }
        try loop.onSignal(Process.terminate) { [unowned self] in terminate() }
        try loop.onSignal(Process.interrupt) { [unowned self] in stop() }
        try loop.onSignal(Process.replace) { [unowned self] in beginReplacement() }
        try loop.onSignal(Process.hangUp) { [unowned self] in _ = reload(at: now) }
        try loop.every(milliseconds: DaemonLimits.sweepMilliseconds) { [unowned self] in sweep() }
        if let limit = monitor.useWatchdog() {
            try loop.every(milliseconds: max(limit / 2, 1)) { [unowned self] in monitor.feedWatchdog(at: now.monotonic)
            }
        }
        try loop.every(milliseconds: MonitoringLimits.statusMilliseconds) { [unowned self] in reportStatus() }
        let limit = transport.connectionLimit
        monitor.journal.write(.started(on: acceptor.places, maxConnections: limit))
        if Process.descriptorLimit < limit + TransportLimits.reservedDescriptors {
            monitor.journal.write(.limitBelow(limit, descriptors: Process.descriptorLimit))
        }
        monitor.notify("READY=1")
        reportStatus()
        let status = try loop.run()
        monitor.journal.tellSuppressed(at: .max)
        monitor.journal.write(.stopped(messages: monitor.messages.all, deliveries: transport.deliveries))
        monitor.journal.flush()
        return status
    }

    // MARK: a turn

    private func turn() {
        let now = now
        monitor.beginTurn()
        transport.turn(at: now)
        settle(at: now)
    }

    /// Applies what the ledger has committed, and writes the tick; then the same for what that has caused.
    func settle(at now: Moment) {
        repeat {
            if !gathers(at: now) {
                host.applyOutcomes(at: now)
                crashRecords.applied(host.newest)
            }
            transport.flush(at: now)
            monitor.endTick()
        } while transport.inspect(drains: isRunning, at: now)
        finishRestart(at: now)
        resumeAccepting()
        exitIfStopped()
        notifications.retrySoon(at: now.monotonic)
    }

    /// Whether the next tick waits, because the readers of the last one lag.
    private func gathers(at now: Moment) -> Bool {
        let lag = transport.readersLag(at: now)
        guard let probe = sources.probe, lag != probe.isEnabled else { return lag }
        sources.outcomes?.isEnabled = !lag
        if lag { probe.restart() } else { probe.isEnabled = false }
        return lag
    }

    /// There may be descriptors again.
    private func resumeAccepting() {
        guard seen.disconnections != transport.figures.disconnections else { return }
        seen.disconnections = transport.figures.disconnections
        acceptor.resume()
    }

    private func sweep() {
        let now = now
        guard !isAfterPause(at: now) else { return }
        transport.sweep(at: now)
        host.tick(at: now)
        acceptor.resume()
        settle(at: now)
        if monitor.check(lacksDescriptors: acceptor.isShort(at: now), at: now.monotonic) { reportStatus() }
        monitor.journal.tellSuppressed(at: now.monotonic)
        exitIfIdle(at: now)
    }

    /// Whether the process stood still, for example with its virtual machine. Then what has come meanwhile is read first: no client is
    /// late that has sent in time. Not twice in a row, for a slow machine.
    private func isAfterPause(at now: Moment) -> Bool {
        let pause = now.monotonic - seen.sweptAt
        seen.sweptAt = now.monotonic
        seen.isAfterPause = pause > DaemonLimits.pauseMilliseconds && !seen.isAfterPause
        return seen.isAfterPause
    }

    var isRunning: Bool {
        if case .running = phase { true } else { false }
    }

    // MARK: administration

    func reportStatus() {
        if case .stopping = phase { return }
        monitor.reportStatus(host.chat, at: now.monotonic)
    }

    /// Applies changed settings, all or nothing. systemd.service(5), ExecReload=; sd_notify(3), RELOADING=1.
    private func reload(at now: Moment) -> ControlAnswer {
        monitor.notify("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonicNanoseconds / 1000)")
        defer {
            monitor.notify("READY=1")
            reportStatus()
        }
        do throws(ConfigurationError) {
            let changes = try settings.reload()
            // An administrator has looked at the daemon, and at what its status says of the clock.
            seen.clock.accept(wall: now.wall, monotonic: now.monotonic)
            transport.reconfigure(settings.configuration.transport)
            ledger.reconfigure(settings.configuration.ledger)
            host.reconfigure(settings.configuration.chat, at: now)
            monitor.health.settingsProblem = nil
            monitor.journal.write(
                .reloaded(changes.sentence, changed: changes.applied, waiting: changes.postponed))
            return .done(changes.sentence)
        } catch {
            monitor.health.settingsProblem = "The settings were not reloaded: \(error)"
            monitor.journal.write(.notReloaded(error.description))
            return .refused("Nothing was changed. \(error)")
        }
    }

    // MARK: the end

    /// The first time: closes all connections, and exits once the clients have answered. The second time: exits at once.
    func stop() {
        if case .stopping = phase { return loop.exit(0) }
        endProgramCheck()
        phase = .stopping
        monitor.notify("STOPPING=1\nSTATUS=Stopping.")
        monitor.journal.write(.stopping(connections: transport.clients))
        acceptor.isEnabled = false
        let now = now
        transport.closeAll(at: now)
        settle(at: now)
        _ = try? loop.every(milliseconds: DaemonLimits.stopMilliseconds) { [unowned self] in loop.exit(0) }
    }

    private func exitIfStopped() {
        if case .stopping = phase, transport.connectionCount == 0 { loop.exit(0) }
    }

    /// Exits once there has been no client for `exitIdleAfter`. The next connection to the socket starts the daemon again.
    /// Requests for /healthz and /metrics do not count.
    private func exitIfIdle(at now: Moment) {
        if transport.clients > 0 { seen.idleSince = now.monotonic }
        let limit = settings.configuration.exitIdleAfter
        guard limit > 0, now.monotonic - seen.idleSince >= limit, transport.connectionCount == 0, isRunning else {
            return
        }
        monitor.notify("STOPPING=1\nSTATUS=No connections; the next connection starts the daemon again.")
        monitor.journal.write(.idleExit(seconds: limit / 1000))
        loop.exit(DaemonLimits.idleStatus)
    }
}

extension Daemon: TransportHandler {
    package func opened(
        _ session: SessionID, authenticatedName: String?, address: IPAddress?, token: String?, at now: Moment
    ) {
        host.connected(session, authenticatedName: authenticatedName, address: address, token: token, at: now)
    }

    package func received(_ session: SessionID, _ text: [UInt8], at now: Moment) {
        host.received(session, text, at: now)
    }

    package func closed(_ session: SessionID, at now: Moment) { host.disconnected(session, at: now) }

    package func drained(_ session: SessionID, at now: Moment) { host.drained(session, at: now) }

    package func response(to request: RequestHead) -> HTTPResponse? { monitor.response(to: request, host) }

    package func apiRequest(
        _ request: HTTPRequest, from session: SessionID, authenticatedName: String?, address: IPAddress?,
        at now: Moment
    ) {
        api.handle(request, from: session, authenticatedName: authenticatedName, address: address, at: now)
    }

    package func controlRequest(_ line: [UInt8], from session: SessionID, user: UInt32?, at now: Moment) {
        control?.handle(line, from: session, user: user, at: now)
    }

    package func report(_ event: TransportEvent) { monitor.report(event) }
}
