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
        endProgramCheck()
        if store.isLasting { beginRestart(.started) } else { stop() }
    }

    /// SIGUSR2: the program becomes another one, once that is known to start.
    func beginReplacement() {
        guard isRunning, programCheck == nil else { return }
        if let problem = settings.problemForSuccessor { return refuseReplacement(problem.description) }
        do throws(SystemError) {
            try beginProgramCheck()
        } catch {
            refuseReplacement("\(error).")
        }
    }

    private func refuseReplacement(_ reason: String) {
        monitor.journal.write(.notHandedOver(reason, goesOn: true))
    }

    /// Stops reading. The restart goes on by itself, in `settle`.
    private func beginRestart(_ successor: Successor) {
        guard isRunning else { return }
        phase = .restarting(successor)
        setReading(false)
        // What waits for the next second goes to the ledger now.
        host.tick(at: now)
        monitor.notify("STATUS=Handing over \(counted(transport.clients, "connection")).")
        sources.restartLimit = try? loop.every(milliseconds: DaemonLimits.restartMilliseconds) { [unowned self] in
            giveUp("The ledger did not finish its work in \(DaemonLimits.restartMilliseconds / 1000) s.", successor)
        }
        settle(at: now)
    }

    // MARK: the check of the new program

    /// Runs the program file that is there now with --check: if execve(2) started one that fails, the connections would be lost.
    /// Meanwhile the chat goes on.
    private func beginProgramCheck() throws(SystemError) {
        let arguments = Array(CommandLine.arguments.dropFirst()) + ["--check"]
        let child = try ChildProcess(try Process.programPath(), arguments)
        programCheck = ProgramCheck(child: child, due: now.monotonic + DaemonLimits.checkMilliseconds)
        if let source = sources.programCheck { return source.restart() }
        sources.programCheck = try loop.every(milliseconds: DaemonLimits.checkPollMilliseconds) { [unowned self] in
            inspectProgramCheck()
        }
    }

    private func inspectProgramCheck() {
        guard let check = programCheck else { return }
        switch check.child.state {
        case .running:
            guard now.monotonic >= check.due else { return }
            endProgramCheck()
            refuseReplacement(
                "The new program did not check its settings in \(DaemonLimits.checkMilliseconds / 1000) s.")
        case .ended(let status):
            forgetProgramCheck()
            guard status != 0 else { return beginRestart(.replacement) }
            refuseReplacement("The new program fails at once (“--check”, status \(status.map(String.init) ?? "none")).")
        }
    }

    /// Ends the check, because its time is over or this process ends.
    func endProgramCheck() {
        programCheck?.child.kill()
        forgetProgramCheck()
    }

    private func forgetProgramCheck() {
        programCheck = nil
        sources.programCheck?.isEnabled = false
    }

    // MARK: the end of the restart

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
