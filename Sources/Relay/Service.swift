// From options to exit status: what `chatrelay serve` does. Every failure is one record whose sentence says what to do.

internal import Ledger
internal import Linux
internal import Systemd

package enum Service {
    /// sysexits(3): the configuration is wrong.
    private static let configurationStatus: Int32 = 78
    /// sysexits(3): the operating system refused something.
    private static let systemStatus: Int32 = 71

    /// Serves until told to stop.
    /// - Parameters:
    ///   - options: the settings given on the command line, by name.
    ///   - file: the settings file; "-" before its path allows it to be missing.
    /// - Returns: the exit status.
    package static func run(options: [String: String], file: String?) -> Int32 {
        do {
            // The sockets come first: a wrong one must show before anything else is opened.
            let sources = SettingSources(options: options, file: file, environment: Process.environment)
            let given = try sources.read()
            let configuration = try Configuration(given)
            var storedDescriptors = StoredDescriptors()
            let listeners = try Listener.open(configuration.listen, control: configuration.control, &storedDescriptors)
            defer { for listener in listeners where listener.isOurs { Process.removeFile(listener.name) } }
            guard configuration.exitIdleAfter == 0 || !listeners.contains(where: \.isOurs) else {
                throw ConfigurationError(
                    source: given["exit-idle-after"]?.source ?? "--exit-idle-after",
                    value: "\(configuration.exitIdleAfter / 1000)",
                    allowed: "0, unless systemd holds the socket (chatrelay.socket) and can start the daemon again")
            }
            Process.useOneHeap()
            Process.prepareSignals([Process.terminate, Process.interrupt, Process.hangUp, Process.replace])
            let ledger = try SQLiteLedger(configuration.ledger)
            let relay = try Relay(
                configuration: configuration, from: sources, given: given, listeners: listeners, ledger: ledger,
                snapshot: ledger.snapshot, store: store)
            return try relay.run(storedDescriptors)
        } catch let error as ConfigurationError {
            return fail(error.description, configurationStatus)
        } catch {
            return fail("\(error)", systemStatus)
        }
    }

    /// Before the service manager ends the daemon: where the service is being stopped, and not restarted, the daemon is told to
    /// say goodbye. Nothing is done where it is not known: a restart must not cost the connections.
    /// - Parameter process: the daemon's.
    package static func end(_ process: Int32) -> Int32 {
        switch ServiceManager.pendingJob(of: process, milliseconds: Limits.jobMilliseconds) {
        case .stop: Process.send(Process.interrupt, to: process)
        case .none?, .other: break
        case nil:
            Process.writeErrorLine(
                "The service manager does not say whether this is a stop or a restart: taken for a restart.")
        }
        return 0
    }

    /// Says whether the configuration is good, and what it is.
    package static func check(options: [String: String], file: String?) -> Int32 {
        do throws(ConfigurationError) {
            let sources = SettingSources(options: options, file: file, environment: Process.environment)
            _ = try Configuration(try sources.read())
            print("The configuration is good.")
            return 0
        } catch {
            return fail(error.description, configurationStatus)
        }
    }

    /// The service manager's, where there is one.
    private static var store: DescriptorStore {
        DescriptorStore(
            isLasting: ServiceManager.hasStore, add: { ServiceManager.store($0, name: $1) },
            remove: { ServiceManager.discard($0) })
    }

    private static func fail(_ sentence: String, _ status: Int32) -> Int32 {
        var journal = JournalWriter()
        journal.write(.failed(sentence))
        ServiceManager.notify("STATUS=\(sentence)")
        // Who is gone has no status any more.
        ServiceManager.awaitReceipt()
        // It starts us again at once, as it should after a crash. What is wrong here would fill its journal.
        if ServiceManager.hasStore { try? EventFD().wait(milliseconds: Limits.failureMilliseconds) }
        return status
    }
}
