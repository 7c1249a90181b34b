// A planned restart: nothing more is read, the ledger finishes its work, and then everything is written for the next process.
// No client is told, for no client notices.

internal import Chat
internal import Handover
internal import Host
internal import Linux
internal import Monitoring
internal import Operations
internal import Systemd
internal import Transport

extension Daemon {
    /// The next process.
    enum Successor {
        /// The service manager starts it, and keeps the connections until then.
        case started
        /// This process becomes it (execve(2)).
        case replacement
    }

    /// SIGTERM: where a service manager keeps the connections, it is about to start the next process. (Before it stops the service,
    /// ExecStop= sends SIGINT; see `Service.end`.)
    func terminate() {
        if case .stopping = phase { return }
        if store.isLasting { beginRestart(.started) } else { stop() }
    }

    /// Stops reading. The restart goes on by itself, in `settle`.
    func beginRestart(_ successor: Successor) {
        guard isRunning else { return }
        // If execve(2) failed to start a working program, the connections would be lost, so the program is checked first.
        if successor == .replacement, let reason = settings.problemForSuccessor?.description ?? programProblem {
            return monitor.journal.write(.notHandedOver(reason, goesOn: true))
        }
        phase = .restarting(successor)
        setReading(false)
        monitor.notify("STATUS=Handing over \(counted(transport.clients, "connection")).")
        sources.restartLimit = try? loop.every(milliseconds: DaemonLimits.restartMilliseconds) { [unowned self] in
            giveUp("The ledger did not finish its work in \(DaemonLimits.restartMilliseconds / 1000) s.", successor)
        }
        settle(at: now)
    }

    /// Why the program file that is there now would not start: it is run with --check. Nil where it would.
    private var programProblem: String? {
        do throws(SystemError) {
            let arguments = Array(CommandLine.arguments.dropFirst()) + ["--check"]
            let status = try Process.run(
                try Process.programPath(), arguments, milliseconds: DaemonLimits.checkMilliseconds)
            return status == 0
                ? nil : "The new program fails at once (“--check”, status \(status.map(String.init) ?? "none"))."
        } catch {
            return "\(error)."
        }
    }

    /// Writes the restart state and ends the process, once nothing waits for the ledger.
    func finishRestart(at now: Moment) {
        guard case .restarting(let successor) = phase, host.isSettled else { return }
        transport.releasePolls(at: now)
        do throws(SystemError) {
            let state = StoredDescriptor(
                try MemoryFile.sealed(restartState(at: now), name: "chatrelay-state"),
                name: StoredDescriptor.restartStateName)
            monitor.journal.write(.handedOver(connections: transport.clients))
            switch successor {
            case .started:
                store.add(state)
                // The service manager drops descriptors from a sender that has exited, so wait until they were received.
                if !areStored { monitor.journal.write(.notHandedOver(silenceReason, goesOn: false)) }
                monitor.journal.flush()
                // An orderly end would take longer than the start of the next process.
                Process.exit(0)
            case .replacement:
                // What waits to be stored would be forgotten.
                guard areStored else { return giveUp(silenceReason, successor) }
                try replace(state)
            }
        } catch {
            giveUp("\(error).", successor)
        }
    }

    /// Ends without a restart state. The connections outlive the process all the same, as they do a crash.
    private func giveUp(_ reason: String, _ successor: Successor) {
        sources.restartLimit?.isEnabled = false
        monitor.journal.write(.notHandedOver(reason, goesOn: successor == .replacement))
        if successor == .started {
            _ = areStored
            monitor.journal.flush()
            Process.exit(0)
        }
        phase = .running
        setReading(true)
    }

    /// Whether the service manager has all descriptors; waits for it.
    private var areStored: Bool { notifications.flush(milliseconds: DaemonLimits.storeMilliseconds) }

    private var silenceReason: String {
        "The service manager did not take them in \(DaemonLimits.storeMilliseconds / 1000) s: check whether “systemctl status” answers."
    }

    private func setReading(_ on: Bool) {
        sources.traffic?.isEnabled = on
        acceptor.isEnabled = on
    }

    private func replace(_ state: StoredDescriptor) throws(SystemError) {
        var descriptors = acceptor.listeners.map { (number: $0.socket.number, name: $0.handedName) }
        descriptors += try transport.stashAll()
        if let number = state.number { descriptors.append((number, state.name)) }
        monitor.journal.flush()
        try Process.replaceItself(descriptors: descriptors)
    }

    private func restartState(at now: Moment) -> [UInt8] {
        let head = RestartState.Head(epoch: crashRecords.epoch, ledger: host.chat.ledger)
        return RestartState.bytes(head) { writer in
            transport.write(to: &writer, at: now)
            host.write(to: &writer, at: now)
        }
    }
}
