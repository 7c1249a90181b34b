// `chatrelay restore`: stops the service where it has the ledger, puts a backup in the ledger's place, and starts the service again.

internal import FoundationEssentials
internal import Host
internal import Ledger
internal import Linux

package struct RestoreOperation {
    /// The ledger and the settings file of the service as it is installed.
    package static let serviceLedger = "/var/lib/chatrelay/ledger"
    package static let serviceSettings = "/etc/default/chatrelay"

    /// Both sockets first: a visitor or a command would start the service again.
    private static let sockets = ["chatrelay.socket", "chatrelay-control.socket"]
    private static let service = "chatrelay.service"
    private static let systemctl = "/usr/bin/systemctl"
    /// Milliseconds in which systemd may stop or start the units; above TimeoutStopSec=.
    private static let unitMilliseconds = 120_000

    private let file: String
    private let ledger: String
    /// Whether the ledger is that of the service.
    private let isOfService: Bool

    /// - Parameters:
    ///   - file: the backup.
    ///   - ledger: nil for that of the service.
    package init(_ file: String, to ledger: String?) throws(ControlError) {
        self.file = file
        isOfService = ledger == nil
        if let ledger {
            self.ledger = ledger
            return
        }
        do throws(ConfigurationError) {
            let sources = SettingSources(options: [:], file: "-" + RestoreOperation.serviceSettings) { name in
                name == "CHATRELAY_LEDGER" ? RestoreOperation.serviceLedger : nil
            }
            guard let path = try SettingsStore(sources).configuration.ledger.path else {
                throw ConfigurationError(
                    source: RestoreOperation.serviceSettings, value: "", allowed: "a path for CHATRELAY_LEDGER")
            }
            self.ledger = path
        } catch {
            throw .refused("\(error) Or name the ledger with --ledger FILE.")
        }
    }

    /// - Returns: what was done, as sentences.
    /// - Throws: where nothing was changed, and why.
    package func run() throws(ControlError) -> String {
        guard !isOfService || Process.isRoot else {
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
        guard isOfService, Process.fileExists("/run/systemd/system"), Process.fileExists(RestoreOperation.systemctl)
        else {
            return []
        }
        let active = (RestoreOperation.sockets + [RestoreOperation.service]).filter { control("is-active", [$0]) }
        _ = control("stop", RestoreOperation.sockets + [RestoreOperation.service])
        // A socket would start the service at the next visit; where the service does not start, that shows now.
        return active.contains(RestoreOperation.sockets[0]) && !active.contains(RestoreOperation.service)
            ? active + [RestoreOperation.service] : active
    }

    /// - Returns: a sentence for the end of the report.
    private func start(_ units: [String]) -> String {
        guard isOfService else { return "" }
        guard !units.isEmpty else {
            return
                " The service is not running: start it with “systemctl start \(RestoreOperation.sockets.joined(separator: " "))”."
        }
        return control("start", units)
            ? " The service runs again." : " The service does not start: see “systemctl status chatrelay”."
    }

    private func control(_ verb: String, _ units: [String]) -> Bool {
        (try? Process.run(
            RestoreOperation.systemctl, [verb, "--quiet"] + units, milliseconds: RestoreOperation.unitMilliseconds))
            == .some(0)
    }
}
