// The service's life: what the loop watches, readiness, the watchdog, the status line, what falls due, the stop.

internal import Chat
internal import Ledger
package import Linux
internal import Systemd
internal import WebSocket

extension Relay {
    /// Serves until it is told to stop.
    /// - Parameter inheritance: what the process before has left.
    /// - Returns: the exit status.
    package func run(_ storedDescriptors: StoredDescriptors) throws(SystemError) -> Int32 {
        try takeOver(storedDescriptors)
        traffic = try loop.onReadable(poller.descriptor, priority: .traffic) { [unowned self] in turn() }
        outcomes = try loop.onReadable(ledger.descriptor, priority: .traffic) { [unowned self] in settle(at: now) }
        pacer = try loop.every(milliseconds: Limits.gatherStep) { [unowned self] in settle(at: now) }
        pacer?.isEnabled = false
        for listener in listeners {
            listener.source = try loop.onReadable(listener.socket.number, priority: .newConnections) { [unowned self] in
                accept(from: listener)
            }
        }
        try loop.onSignal(Process.terminate) { [unowned self] in terminate() }
        try loop.onSignal(Process.interrupt) { [unowned self] in stop() }
        try loop.onSignal(Process.replace) { [unowned self] in handOver(to: .executed) }
        try loop.onSignal(Process.hangUp) { [unowned self] in _ = reload(at: now) }
        try loop.every(milliseconds: Limits.sweepMilliseconds) { [unowned self] in sweep() }
        try watchHealth()
        let places = listeners.filter { !$0.isControl }.map(\.name).joined(separator: ", ")
        journal.write(.started(on: places, maxConnections: maxConnections))
        if Process.descriptorLimit < maxConnections + Limits.reservedDescriptors {
            journal.write(.limitBelow(maxConnections, descriptors: Process.descriptorLimit))
        }
        tellManager("READY=1")
        reportStatus()
        let status = try loop.run()
        journal.tellHeld(at: .max)
        journal.write(.stopped(messages: figures.messages, deliveries: delivery.deliveries))
        return status
    }

    // MARK: what falls due

    private func sweep() {
        let now = now
        while let (slot, generation) = handshakes.nextOverdue(at: now.monotonic) {
            guard isCurrent(slot, generation), case .handshake = connections[Int(slot)]?.phase else { continue }
            refuse(slot, .handshakeTimeout, at: now)
        }
        while let (slot, generation) = closings.nextOverdue(at: now.monotonic)
            ?? refusals.nextOverdue(at: now.monotonic)
        {
            if isCurrent(slot, generation) { drop(slot, at: now) }
        }
        while let (slot, generation) = laggards.nextOverdue(at: now.monotonic) {
            guard isCurrent(slot, generation), let connection = connections[Int(slot)] else { continue }
            let outbox = delivery.outbox(slot)
            if !outbox.isEmpty, now.monotonic - outbox.since >= Limits.lagMilliseconds {
                cutOff(slot, connection, at: now)
            }
        }
        ping(at: now)
        withChat(at: now) { $0.tick(at: now, into: &$1) }
        resumeAccepting()
        settle(at: now)
        lookAround(at: now)
        journal.tellHeld(at: now.monotonic)
        exitIfIdle(at: now)
    }

    /// Nobody has been here for long: the socket's next visitor starts the daemon again. Who looks at its health is no visitor.
    private func exitIfIdle(at now: Moment) {
        if seats > 0 { idleSince = now.monotonic }
        let isDue = configuration.exitIdleAfter > 0 && now.monotonic - idleSince >= configuration.exitIdleAfter
        guard isDue, poller.count == 0, !isStopping, successor == nil else { return }
        tellManager("STOPPING=1\nSTATUS=Nobody is here; the next visitor starts it again.")
        journal.write(.idleExit(seconds: configuration.exitIdleAfter / 1000))
        loop.exit(Relay.idleStatus)
    }

    /// The exit status after which systemd is not to start the service again (RestartPreventExitStatus= of the unit).
    static let idleStatus: Int32 = 100

    /// Each connection's turn comes once in a ping interval; the turns are spread evenly over its seconds.
    private func ping(at now: Moment) {
        let seconds = Int(configuration.pingInterval / 1000)
        let first = Int(now.monotonic / 1000) % seconds
        for index in stride(from: first, to: connections.count, by: seconds) {
            guard let connection = connections[index], case .open = connection.phase else { continue }
            let slot = Slot(index)
            if now.monotonic - connection.lastHeard >= configuration.idleTimeout {
                journal.write(.idle(connection))
                close(slot, Relay.idleCode, "Nothing was heard from you.", at: now)
            } else {
                delivery.sendBytes(Frame.ping([]), to: slot, in: &poller)
            }
        }
    }

    func isCurrent(_ slot: Slot, _ generation: UInt32) -> Bool {
        poller.isOpen(slot) && poller.generation(slot) == generation
    }

    // MARK: accepting

    /// The machine has no descriptor for a newcomer: they wait in the listener's queue until there is one again.
    func pauseAccepting(because error: SystemError) {
        journal.write(.descriptorsShort(error))
        shortUntil = Clock.monotonic + 2 * Limits.sweepMilliseconds
        for listener in listeners { listener.source?.isEnabled = false }
        isPaused = true
    }

    func resumeAccepting() {
        guard isPaused, !isStopping, successor == nil else { return }
        for listener in listeners { listener.source?.isEnabled = true }
        isPaused = false
    }

    // MARK: the stop

    /// The first time: no newcomers, close frames to all, and the end once they have answered. The second time: the end.
    func stop() {
        guard !isStopping else { return loop.exit(0) }
        isStopping = true
        tellManager("STOPPING=1\nSTATUS=Stopping.")
        journal.write(.stopping(connections: seats))
        for listener in listeners { listener.source?.isEnabled = false }
        let now = now
        for index in connections.indices {
            switch connections[index]?.phase {
            case .open: close(Slot(index), CloseCode.goingAway.rawValue, "The server stops.", at: now)
            case .handshake, .control: drop(Slot(index), at: now)
            default: break
            }
        }
        settle(at: now)
        exitIfDone()
        _ = try? loop.every(milliseconds: Limits.stopMilliseconds) { [unowned self] in loop.exit(0) }
    }

    func exitIfDone() {
        if isStopping, poller.count == 0 { loop.exit(0) }
    }
}
