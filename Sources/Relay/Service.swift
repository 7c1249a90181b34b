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
    /// - Parameter options: the settings given on the command line, by name.
    /// - Returns: the exit status.
    package static func run(options: [String: String]) -> Int32 {
        do {
            // The sockets come first: a wrong one must show before anything else is opened.
            let configuration = try Configuration(options: options, environment: Process.environment)
            let listeners = try Listener.open(configuration.listen)
            defer { if let path = configuration.listen, listeners.first?.name == path { Process.removeFile(path) } }
            Process.prepareSignals([Process.terminate, Process.interrupt])
            let ledger = try SQLiteLedger(configuration.ledger)
            let relay = try Relay(
                configuration: configuration, listeners: listeners, ledger: ledger, past: ledger.past)
            return try relay.run()
        } catch let error as ConfigurationError {
            return fail(error.description, configurationStatus)
        } catch {
            return fail("\(error)", systemStatus)
        }
    }

    /// Says whether the configuration is good, and what it is.
    package static func check(options: [String: String]) -> Int32 {
        do throws(ConfigurationError) {
            _ = try Configuration(options: options, environment: Process.environment)
            print("The configuration is good.")
            return 0
        } catch {
            return fail(error.description, configurationStatus)
        }
    }

    private static func fail(_ sentence: String, _ status: Int32) -> Int32 {
        var diagnostics = Diagnostics()
        diagnostics.write(.failed(sentence))
        ServiceManager.notify("STATUS=\(sentence)")
        // Who is gone has no status any more.
        ServiceManager.awaitReceipt()
        return status
    }
}
