// A planned restart: nothing more is read, what the ledger has is waited for, and then all there is is written down for the
// next process. Nobody is told, for nothing happens.

internal import Chat
internal import Linux
internal import StateCoding
internal import Systemd

extension Relay {
    /// Who comes after this process.
    enum Successor {
        /// The service manager starts it; until then it keeps everything.
        case started
        /// This process becomes it (execve(2)).
        case executed
    }

    /// Told to end: where a service manager keeps what is given to it, it is about to start the next process. (A service that is
    /// being stopped is told so before, by `Service.end`.)
    func terminate() {
        if isStopping { return }
        if ServiceManager.hasStore { handOver(to: .started) } else { stop() }
    }

    /// Begins it; it ends by itself.
    func handOver(to successor: Successor) {
        guard !isStopping, self.successor == nil else { return }
        // Should it not start, nobody would keep the connections for another one.
        if successor == .executed, let fault = settingsFault?.description ?? programFault {
            return journal.write(.notHandedOver(fault, goesOn: true))
        }
        self.successor = successor
        setTraffic(false)
        tellManager("STATUS=Handing over \(counted(seats, "connection")).")
        handoverLimit = try? loop.every(milliseconds: Limits.handoverMilliseconds) { [unowned self] in
            giveUp("The ledger did not finish its work in \(Limits.handoverMilliseconds / 1000) s.")
        }
        settle(at: now)
    }

    /// What the next process would find wrong in the settings.
    private var settingsFault: ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try Configuration(sources.read())
            return nil
        } catch {
            return error
        }
    }

    /// Why the program that is in this one's place by now would not start: it is asked to look at its settings, and end.
    private var programFault: String? {
        do throws(SystemError) {
            let arguments = Array(CommandLine.arguments.dropFirst()) + ["--check"]
            let status = try Process.run(
                try Process.programPath(), arguments, milliseconds: Limits.checkMilliseconds)
            return status == 0
                ? nil : "The new program fails at once (“--check”, status \(status.map(String.init) ?? "none"))."
        } catch {
            return "\(error)."
        }
    }

    /// Writes the state down, once nothing waits for the ledger any more.
    func finishHandover(at now: Moment) {
        guard let successor, times.isIdle, chat.isSettled else { return }
        do throws(SystemError) {
            let state = StoredDescriptor(
                try MemoryFile.sealed(state(at: now), name: "chatrelay-state"), name: StoredDescriptor.stateName)
            journal.write(.handedOver(connections: seats))
            switch successor {
            case .started:
                store.add(state)
                // Whoever is gone can't be asked any more where its descriptors were from.
                ServiceManager.awaitReceipt()
                // Nothing is left to be done, and to take everything down orderly would take longer than to put it up again.
                Process.exit(0)
            case .executed: try become(state)
            }
        } catch {
            giveUp("\(error).")
        }
    }

    /// There will be no state. The connections outlive the process all the same, as they do a crash.
    private func giveUp(_ reason: String) {
        handoverLimit?.isEnabled = false
        journal.write(.notHandedOver(reason, goesOn: successor == .executed))
        if successor == .started { Process.exit(0) }
        successor = nil
        setTraffic(true)
    }

    private func setTraffic(_ on: Bool) {
        traffic?.isEnabled = on
        for listener in listeners { listener.source?.isEnabled = on }
    }

    private func become(_ state: StoredDescriptor) throws(SystemError) {
        for index in connections.indices where connections[index] != nil && !stash.holds(Slot(index)) {
            if let error = stash.insert(Slot(index), from: copy) { throw error }
        }
        var legacy = listeners.map { (number: $0.socket.number, name: $0.handedName) } + stash.ends
        if let crashRecords { legacy.append((crashRecords.words.descriptor, StoredDescriptor.registerName)) }
        if let number = state.number { legacy.append((number, state.name)) }
        try Process.replaceItself(descriptors: legacy)
    }

    private func state(at now: Moment) -> [UInt8] {
        let slots = connections.indices.filter { index in
            guard let connection = connections[index] else { return false }
            if case .control = connection.phase { return false }
            return true
        }
        return RestartState.bytes(RestartState.Head(epoch: crashRecords?.epoch ?? 0, ledger: chat.ledger)) { writer in
            writer.write(each: slots) { writer, index in
                let slot = Slot(index)
                connections[index]?.write(
                    to: &writer, slot: slot, outbox: delivery.outbox(slot), at: now.monotonic)
            }
            chat.write(to: &writer, at: now)
        }
    }

    // MARK: the escrow

    /// The connection outlives the process from now on. (Without a service manager: once it replaces itself.)
    func keepConnection(_ slot: Slot) {
        guard store.isLasting, let error = stash.insert(slot, from: copy) else { return }
        journal.write(.notKept(error))
    }

    /// For the escrow: what to keep of a slot.
    func copy(_ slot: Slot) -> (descriptor: Int32, number: UInt64) {
        (poller.number(slot), connections[Int(slot)]?.number ?? 0)
    }
}
