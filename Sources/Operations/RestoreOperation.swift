// `chatrelay restore`: stops the service where it has the ledger, puts a backup in the ledger's place, and starts the service again.

internal import FoundationEssentials
internal import Host
internal import Ledger
internal import Linux

package struct RestoreOperation {
    private static let systemctl = "/usr/bin/systemctl"
    /// Milliseconds in which systemd may stop or start the units; above TimeoutStopSec=.
    private static let unitMilliseconds = 120_000

    private let file: String
    private let ledger: String
    /// The service that has the ledger; nil where a file was named, which no daemon uses.
    private let service: InstalledService?

    /// - Parameters:
    ///   - file: the backup.
    ///   - ledger: a ledger that no daemon uses.
    package init(_ file: String, toUnused ledger: String) {
        self.file = file
        self.ledger = ledger
        service = nil
    }

    /// - Parameters:
    ///   - file: the backup.
    ///   - service: the one whose ledger is replaced.
    package init(_ file: String, toThatOf service: InstalledService) throws(ControlError) {
        self.file = file
        self.service = service
        do throws(ConfigurationError) {
            let sources = SettingSources(options: [:], file: "-" + service.settings) { name in
                name == "CHATRELAY_LEDGER" ? service.ledger : nil
            }
            guard let path = try SettingsStore(sources).configuration.ledger.path else {
                throw ConfigurationError(source: service.settings, value: "", allowed: "a path for CHATRELAY_LEDGER")
            }
            ledger = path
        } catch {
            throw .refused("\(error) Or name the ledger with --ledger FILE.")
        }
    }

    /// - Returns: what was done, as sentences.
    /// - Throws: where nothing was changed, and why.
    package func run() throws(ControlError) -> String {
        guard service == nil || Process.isRoot else {
            throw .forbidden("Only root may stop the service: run this with sudo, or name a ledger with --ledger FILE.")
        }
        do throws(LedgerError) {
            // The backup is checked before anything is stopped.
            let restoration = try LedgerRestoration(of: file, to: ledger)
            let stopped = stop()
            do throws(LedgerError) {
                let report = try restoration.commit()
                return sentence(report) + start(stopped)
            } catch {
                _ = start(stopped)
                throw error
            }
        } catch {
            throw .refused(error.description)
        }
    }

    private func sentence(_ report: LedgerRestoration.RestorationReport) -> String {
        func messages(_ count: Int64, _ what: String = "") -> String {
            "\(count) \(what)message\(count == 1 ? "" : "s")"
        }
        var text = "The ledger \(ledger) has what \(file) has: \(messages(report.messages))"
        if report.newest > 0 {
            let time = Date(timeIntervalSince1970: Double(report.newest) / 1000).formatted(.iso8601)
            text += ", the newest of \(time)"
        }
        text += "."
        switch report.lost {
        case nil: text += " It is not known what of the ledger before is not in it."
        case 0?: break
        case let lost?:
            text += " \(messages(lost, "newer ")) of the ledger before \(lost == 1 ? "is" : "are") not in it."
        }
        if let kept = report.kept { text += " The ledger before is kept as \(kept): remove it when nobody needs it." }
        return text
    }

    // MARK: the service

    /// Stops the units that run, and a service that tries to start.
    /// - Returns: those to be started again.
    private func stop() -> [String] {
        guard let service, Process.fileExists("/run/systemd/system"), Process.fileExists(RestoreOperation.systemctl)
        else {
            return []
        }
        // Both sockets first: a visitor or a command would start the service again.
        let units = service.sockets + [service.service]
        let active = units.filter { control("is-active", [$0]) }
        _ = control("stop", units)
        // A socket would start the service at the next visit; where the service does not start, that shows now.
        return active.contains(service.sockets[0]) && !active.contains(service.service)
            ? active + [service.service] : active
    }

    /// - Returns: a sentence for the end of the report.
    private func start(_ units: [String]) -> String {
        guard let service else { return "" }
        guard !units.isEmpty else {
            return
                " The service is not running: start it with “systemctl start \(service.sockets.joined(separator: " "))”."
        }
        return control("start", units)
            ? " The service runs again." : " The service does not start: see “systemctl status \(service.service)”."
    }

    private func control(_ verb: String, _ units: [String]) -> Bool {
        (try? Process.run(
            RestoreOperation.systemctl, [verb, "--quiet"] + units, milliseconds: RestoreOperation.unitMilliseconds))
            == .some(0)
    }
}
