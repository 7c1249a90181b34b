// The sentences and fields of records about the service, its ledger and its administrators.

package import Host
package import Linux
package import Recovery

extension JournalRecord {
    package static func started(on places: String, maxConnections: Int) -> JournalRecord {
        JournalRecord(
            .started, "Chatrelay \(Version.current) serves on \(places), up to \(maxConnections) connections.",
            [("VERSION", Version.current), ("LISTEN", places), ("MAX_CONNECTIONS", "\(maxConnections)")])
    }

    package static func stopping(connections: Int) -> JournalRecord {
        JournalRecord(
            .stopping, "Told to stop: saying goodbye to \(counted(connections, "connection")).",
            [("CONNECTIONS", "\(connections)")])
    }

    package static func recovered(_ report: RecoveryReport) -> JournalRecord {
        var sentence = "Took back \(counted(report.recovered, "connection")) in \(report.milliseconds) ms"
        if report.isCrash { sentence += ", closed \(report.inDoubt) in doubt" }
        sentence += "."
        if report.isCrash {
            sentence += " The process before did not end by itself: all clients are asked to say hello again."
        }
        if let error = report.stateError { sentence += " Its state could not be used: \(error)." }
        if report.unknown > 0 {
            sentence += " \(counted(report.unknown, "connection")) of another version could not be used: closed."
        }
        return JournalRecord(
            .recovered, sentence,
            [
                ("CONNECTIONS", "\(report.recovered)"), ("IN_DOUBT", "\(report.inDoubt)"),
                ("MILLISECONDS", "\(report.milliseconds)"), ("CRASH", report.isCrash ? "1" : "0"),
            ])
    }

    package static func handedOver(connections: Int) -> JournalRecord {
        JournalRecord(
            .handedOver, "Handing over \(counted(connections, "connection")) to the next process.",
            [("CONNECTIONS", "\(connections)")])
    }

    package static func notHandedOver(_ reason: String, goesOn: Bool) -> JournalRecord {
        JournalRecord(
            .notHandedOver,
            goesOn
                ? "This process goes on: it could not hand its connections over. \(reason)"
                : "The connections are left without their state, and will be asked to say hello again. \(reason)")
    }

    package static func notStashed(_ error: SystemError) -> JournalRecord {
        JournalRecord(
            .notStashed,
            "Connections would not outlive a crash (\(error)): raise LimitNOFILE= and FileDescriptorStoreMax= of the service.",
            [("ERRNO", "\(error.code)")])
    }

    package static func stopped(messages: UInt64, deliveries: UInt64) -> JournalRecord {
        JournalRecord(
            .stopped, "Stopped. \(counted(Int(messages), "message")) came in, \(deliveries) events went out.",
            [("MESSAGES", "\(messages)"), ("DELIVERIES", "\(deliveries)")])
    }

    package static func reloaded(_ sentence: String, changed: [String], waiting: [String]) -> JournalRecord {
        JournalRecord(
            .reloaded, "The settings were reloaded. \(sentence)",
            [("CHANGED", changed.joined(separator: " ")), ("WAITING", waiting.joined(separator: " "))])
    }

    package static func notReloaded(_ reason: String) -> JournalRecord {
        JournalRecord(.notReloaded, "The settings were not reloaded, the old ones are in force. \(reason)")
    }

    /// An administrator's command.
    /// - Parameters:
    ///   - by: who gave it.
    ///   - subject: the user, room or network that it is about; nil where it is the text of a message.
    package static func administered(
        _ sentence: String, by: String, command: String, subject: String?, reason: String?, seq: UInt64?
    ) -> JournalRecord {
        JournalRecord(
            .administered, "\(by): \(sentence)",
            [
                ("BY", by), ("COMMAND", command), ("SUBJECT", subject), ("REASON", reason),
                ("SEQ", seq.map(String.init)),
            ])
    }

    package static func idleExit(seconds: Int64) -> JournalRecord {
        JournalRecord(.idleExit, "Nobody was here for \(seconds) s; the next visitor starts it again.")
    }

    package static func failed(_ sentence: String) -> JournalRecord { JournalRecord(.failed, sentence) }

    package static func connectionLimit(limit: Int) -> JournalRecord {
        JournalRecord(
            .connectionLimit,
            "All \(limit) connections are in use; newcomers are turned away. --max-connections sets the limit.",
            [("LIMIT", "\(limit)")])
    }

    package static func notStored(_ reason: LedgerError) -> JournalRecord {
        JournalRecord(.notStored, "Something was not stored, its sender was told to try again. \(reason)")
    }

    package static func ledgerProblem(_ reason: LedgerError) -> JournalRecord {
        JournalRecord(.ledgerProblem, reason.description)
    }

    package static func stalled(milliseconds: Int64, queued: Int) -> JournalRecord {
        JournalRecord(
            .stalled,
            "The ledger has got nothing done for \(milliseconds / 1000) s, \(counted(queued, "message")) waited: look whether its disk hangs.",
            [("SECONDS", "\(milliseconds / 1000)"), ("QUEUED", "\(queued)")])
    }

    package static func stallEnded(milliseconds: Int64) -> JournalRecord {
        JournalRecord(
            .stallEnded, "The ledger goes on, after \(milliseconds / 1000) s.", [("SECONDS", "\(milliseconds / 1000)")])
    }

    /// - Parameter last: the last of them.
    package static func heldBack(_ count: Int, last: JournalRecord) -> JournalRecord {
        JournalRecord(
            .heldBack, "\(count) more of a kind were held back. The last: \(last.message)",
            [("HELD_BACK", "\(count)"), ("HELD_BACK_ID", last.kind.rawValue)])
    }

    package static func notRead(_ reason: String) -> JournalRecord {
        JournalRecord(.ledgerProblem, "A question to the ledger was not answered. \(reason)")
    }

    package static func descriptorLimit(_ error: SystemError) -> JournalRecord {
        JournalRecord(
            .descriptorLimit, "Newcomers have to wait (\(error)). Raise LimitNOFILE= of the service.",
            [("ERRNO", "\(error.code)")])
    }

    package static func limitBelow(_ connections: Int, descriptors: Int) -> JournalRecord {
        JournalRecord(
            .descriptorLimit,
            "The limit of \(descriptors) open files is too low for \(connections) connections: raise LimitNOFILE= of the service, or lower --max-connections.",
            [("DESCRIPTORS", "\(descriptors)"), ("LIMIT", "\(connections)")])
    }
}
