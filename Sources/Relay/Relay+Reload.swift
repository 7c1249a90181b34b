// The settings anew, while all connections go on. systemd.service(5), ExecReload=; sd_notify(3), RELOADING=1.

internal import Chat
internal import Ledger
internal import Linux
internal import Systemd

extension Relay {
    /// Reads the settings again and puts in force what can change; all or nothing of it.
    /// - Returns: what has changed and what has to wait, or why nothing has.
    func reload(at now: Moment) -> ControlAnswer {
        tellManager("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonicNanoseconds / 1000)")
        defer {
            tellManager("READY=1")
            reportStatus()
        }
        do throws(ConfigurationError) {
            var read = try sources.read()
            func isChanged(_ setting: Setting) -> Bool { read[setting.name]?.text != given[setting.name]?.text }
            let waiting = Setting.all.filter { $0.needsRestart && isChanged($0) }.map(\.name)
            let changed = Setting.all.filter { !$0.needsRestart && isChanged($0) }.map(\.name)
            for name in waiting { read[name] = given[name] }
            try use(Configuration(read), at: now)
            given = read
            figures.badSettings = nil
            var sentence = changed.isEmpty ? "Nothing has changed." : "Changed: \(changed.joined(separator: ", "))."
            if !waiting.isEmpty {
                sentence += " After a restart only: \(waiting.joined(separator: ", "))."
            }
            journal.write(.reloaded(sentence, changed: changed, waiting: waiting))
            return .done(sentence)
        } catch {
            figures.badSettings = "The settings were not reloaded: \(error)"
            journal.write(.notReloaded(error.description))
            return .refused("Nothing was changed. \(error)")
        }
    }

    private func use(_ new: Configuration, at now: Moment) {
        configuration = new
        maxConnections = Relay.maxConnections(new)
        ledger.reconfigure(new.ledger)
        withChat(at: now) { $0.reconfigure(new.chat, into: &$1) }
    }
}
