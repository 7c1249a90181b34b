// From options to exit status: what `chatrelay serve` does. Every failure is one journal record whose sentence says what to do.

internal import Handover
internal import Ledger
internal import Linux
internal import Monitoring
internal import Operations
internal import Systemd
internal import Transport

package enum Service {
    /// sysexits(3): the configuration is wrong.
    private static let configurationStatus: Int32 = 78
    /// sysexits(3): the operating system refused something.
    private static let systemStatus: Int32 = 71

    /// Prepares the process, before it does anything else.
    package static func prepare() { Process.openStandardStreams() }

    /// Serves until told to stop.
    /// - Parameters:
    ///   - options: the settings given on the command line, by name.
    ///   - file: the settings file; "-" before its path allows it to be missing.
    /// - Returns: the exit status.
    package static func run(options: [String: String], file: String?) -> Int32 {
        // From here on no signal ends the process unasked.
        Process.prepareSignals([Process.terminate, Process.interrupt, Process.hangUp, Process.replace])
        do {
            let settings = try settings(options, file)
            let configuration = settings.configuration
            // The sockets come first: a wrong one must show before anything else is opened.
            var stored = StoredDescriptors()
            let listeners = try Listener.open(configuration.listen, control: configuration.control, &stored)
            defer { for listener in listeners where listener.isOurs { Process.removeFile(listener.name) } }
            guard configuration.exitIdleAfter == 0 || !listeners.contains(where: \.isOurs) else {
                throw ConfigurationError(
                    source: settings.source(of: "exit-idle-after"), value: "\(configuration.exitIdleAfter / 1000)",
                    allowed: "0, unless systemd holds the socket (chatrelay.socket) and can start the daemon again")
            }
            Process.useOneHeap()
            let notifications = Notifications()
            let store = DescriptorStore.serviceManager(notifications)
            let crashRecords = try CrashRecords.open(stored, store)
            let position = crashRecords.records.position ?? (ledger: "", seq: 0)
            let seen = crashRecords.areTakenOver ? LedgerPosition(ledger: position.ledger, seq: position.seq) : nil
            let ledger = try SQLiteLedger(configuration.ledger, seen: seen, working: extendStart(notifications))
            let daemon = try Daemon(
                settings, listeners: listeners, ledger: ledger, stored: stored, notifications: notifications,
                store: store, crashRecords)
            return try daemon.run()
        } catch let error as ConfigurationError {
            return fail(error.description, configurationStatus)
        } catch {
            return fail("\(error)", systemStatus)
        }
    }

    /// - Returns: what a long migration of the ledger calls again and again: it asks the service manager for more time than
    ///   TimeoutStartSec= of the unit. sd_notify(3), EXTEND_TIMEOUT_USEC=
    private static func extendStart(_ notifications: Notifications) -> () -> Void {
        var next = Clock.monotonic + DaemonLimits.extensionMilliseconds
        return {
            guard Clock.monotonic >= next else { return }
            next = Clock.monotonic + DaemonLimits.extensionMilliseconds
            notifications.notify(
                "EXTEND_TIMEOUT_USEC=\(DaemonLimits.extensionMicroseconds)\nSTATUS=Bringing the ledger to the format of this version."
            )
        }
    }

    /// Runs before the service manager ends the daemon (ExecStop=): where the service is being stopped, and not restarted, it has
    /// the daemon close all connections. Where that is not known nothing is done: a restart must not cost the connections.
    /// - Parameter process: the daemon's process id.
    package static func end(_ process: Int32) -> Int32 {
        switch ServiceManager.pendingJob(of: process, milliseconds: DaemonLimits.jobMilliseconds) {
        case .stop: Process.send(Process.interrupt, to: process)
        case .none?, .other: break
        case nil:
            Process.writeErrorLine(
                "The service manager does not say whether this is a stop or a restart: taken for a restart.")
        }
        return 0
    }

    /// Says whether the configuration is valid, and what of it may be a mistake or leaves a door open.
    /// - Returns: the exit status.
    package static func check(options: [String: String], file: String?) -> Int32 {
        do throws(ConfigurationError) {
            let remarks = try settings(options, file).remarks
            let isGood = !remarks.contains(where: \.isMistake)
            print(isGood ? "The configuration is good." : "The configuration is valid, but there is a mistake:")
            for remark in remarks { print(remark.sentence) }
            return 0
        } catch {
            return fail(error.description, configurationStatus)
        }
    }

    private static func settings(
        _ options: [String: String], _ file: String?
    ) throws(ConfigurationError) -> SettingsStore {
        try SettingsStore(SettingSources(options: options, file: file, environment: Process.environment))
    }

    private static func fail(_ sentence: String, _ status: Int32) -> Int32 {
        var journal = JournalWriter()
        journal.write(.failed(sentence))
        journal.flush()
        let notifications = Notifications()
        notifications.notify("STATUS=\(sentence)")
        // systemd drops STATUS= from a sender that has exited, so wait until it was received.
        _ = notifications.flush(milliseconds: Int64(DaemonLimits.failureMilliseconds))
        // systemd starts the service again at once, as it should after a crash. A lasting failure would fill its journal.
        if notifications.hasManager { try? EventFD().wait(milliseconds: DaemonLimits.failureMilliseconds) }
        return status
    }
}
