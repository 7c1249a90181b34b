// The sentences and fields of records about the service, its ledger and its administrators.

package import Host
package import Ledger
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
            .stopping, "Stopping: closing \(counted(connections, "connection")).",
            [("CONNECTIONS", "\(connections)")])
    }

    package static func recovered(_ report: RecoveryReport) -> JournalRecord {
        var sentence = "Took back \(counted(report.recovered, "connection")) in \(report.milliseconds) ms"
        if report.isCrash { sentence += ", closed \(report.inDoubt) in doubt" }
        sentence += "."
        if report.isCrash {
            sentence += " The process before crashed: all clients are asked to say hello again."
        }
        if let error = report.stateError { sentence += " The restart state was not usable: \(error)." }
        if report.unknown > 0 {
            sentence +=
                " \(counted(report.unknown, "connection")) of another version could not be used, and were closed."
        }
        if report.lost > 0 {
            sentence +=
                " \(counted(report.lost, "connection")) could not be kept: raise LimitNOFILE= and FileDescriptorStoreMax= of the service."
        }
        return JournalRecord(
            .recovered, sentence,
            [
                ("CONNECTIONS", "\(report.recovered)"), ("IN_DOUBT", "\(report.inDoubt)"),
                ("LOST", "\(report.lost)"),
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
                ? "The restart failed, and this process continues to serve: it could not hand its connections over. \(reason)"
                : "The connections are handed over without the state of their sessions; all clients will be asked to say hello again. \(reason)"
        )
    }

    package static func notStashed(_ error: SystemError) -> JournalRecord {
        JournalRecord(
            .notStashed,
            "A crash would close connections that are not in the descriptor store (\(error)): raise LimitNOFILE= and FileDescriptorStoreMax= of the service.",
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
        JournalRecord(.notReloaded, "The settings were not reloaded; the old ones stay in force. \(reason)")
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
        JournalRecord(
            .idleExit,
            "There was no connection for \(seconds) s, so the daemon exits; the next connection starts it again.")
    }

    package static func failed(_ sentence: String) -> JournalRecord { JournalRecord(.failed, sentence) }

    package static func connectionLimit(limit: Int) -> JournalRecord {
        JournalRecord(
            .connectionLimit,
            "All \(limit) connections are in use; new connections are refused (503). --max-connections sets the limit.",
            [("LIMIT", "\(limit)")])
    }

    package static func notStored(_ reason: LedgerError) -> JournalRecord {
        JournalRecord(.notStored, "The ledger could not store an entry; its sender was told to try again. \(reason)")
    }

    package static func ledgerProblem(_ reason: LedgerError) -> JournalRecord {
        JournalRecord(.ledgerProblem, reason.description)
    }

    /// - Parameter beginning: not `.complete`.
    package static func ledgerBegan(_ beginning: LedgerBeginning) -> JournalRecord {
        let sentence =
            switch beginning {
            case .complete: "The ledger is complete."
            case .skipping(let base):
                "The ledger was not closed in order, so its newest entries may be missing: sequence numbers go on above \(base)."
            case .copied: "The ledger is a copy: it has a new id, and all clients begin anew."
            case .older:
                "The ledger is older than the one that was used last: it has a new id, and all clients begin anew. If nobody has put it there, its disk has lost data."
            }
        return JournalRecord(.ledgerBegan, sentence)
    }

    package static func stalled(milliseconds: Int64, queued: Int) -> JournalRecord {
        JournalRecord(
            .stalled,
            "The ledger has stored nothing for \(milliseconds / 1000) s while \(counted(queued, "message")) waited: check whether its disk hangs.",
            [("SECONDS", "\(milliseconds / 1000)"), ("QUEUED", "\(queued)")])
    }

    package static func stallEnded(milliseconds: Int64) -> JournalRecord {
        JournalRecord(
            .stallEnded, "The ledger stores messages again, after \(milliseconds / 1000) s.",
            [("SECONDS", "\(milliseconds / 1000)")])
    }

    /// - Parameter last: the last of them.
    package static func suppressed(_ count: Int, last: JournalRecord) -> JournalRecord {
        JournalRecord(
            .suppressed, "\(count) more records of this kind were suppressed. The last: \(last.message)",
            [("HELD_BACK", "\(count)"), ("HELD_BACK_ID", last.kind.rawValue)])
    }

    static func dropped(_ count: UInt64) -> JournalRecord {
        JournalRecord(
            .dropped,
            "\(counted(Int(clamping: count), "record")) could not be written before this one, because systemd-journald, or the reader of standard error, took none.",
            [("DROPPED", "\(count)")])
    }

    /// - Parameter unstored: connections that the descriptor store does not have yet.
    static func managerSilent(milliseconds: Int64, unstored: Int) -> JournalRecord {
        JournalRecord(
            .managerSilent, Health.silence(milliseconds, unstored: unstored),
            [("SECONDS", "\(milliseconds / 1000)"), ("UNSTORED", "\(unstored)")])
    }

    package static func notRead(_ reason: String) -> JournalRecord {
        JournalRecord(.ledgerProblem, "A query of the ledger failed. \(reason)")
    }

    package static func descriptorLimit(_ error: SystemError) -> JournalRecord {
        JournalRecord(
            .descriptorLimit,
            "There is no free descriptor (\(error)); new connections wait. Raise LimitNOFILE= of the service.",
            [("ERRNO", "\(error.code)")])
    }

    package static func limitBelow(_ connections: Int, descriptors: Int) -> JournalRecord {
        JournalRecord(
            .descriptorLimit,
            "The limit of \(descriptors) open files is too low for \(connections) connections: raise LimitNOFILE= of the service, or lower --max-connections.",
            [("DESCRIPTORS", "\(descriptors)"), ("LIMIT", "\(connections)")])
    }
}
