// The records' sentences and fields: of the service, its ledger and its administrators.

internal import Ledger
internal import Linux

extension Record {
    static func started(on places: String, maxConnections: Int) -> Record {
        Record(
            .started, "Chatrelay \(Version.current) serves on \(places), up to \(maxConnections) connections.",
            [("VERSION", Version.current), ("LISTEN", places), ("MAX_CONNECTIONS", "\(maxConnections)")])
    }

    static func stopping(connections: Int) -> Record {
        Record(
            .stopping, "Told to stop: saying goodbye to \(counted(connections, "connection")).",
            [("CONNECTIONS", "\(connections)")])
    }

    static func stopped(messages: UInt64, deliveries: UInt64) -> Record {
        Record(
            .stopped, "Stopped. \(counted(Int(messages), "message")) came in, \(deliveries) events went out.",
            [("MESSAGES", "\(messages)"), ("DELIVERIES", "\(deliveries)")])
    }

    static func reloaded(_ sentence: String, changed: [String], waiting: [String]) -> Record {
        Record(
            .reloaded, "The settings were reloaded. \(sentence)",
            [("CHANGED", changed.joined(separator: " ")), ("WAITING", waiting.joined(separator: " "))])
    }

    static func notReloaded(_ reason: String) -> Record {
        Record(.notReloaded, "The settings were not reloaded, the old ones are in force. \(reason)")
    }

    /// An administrator's command.
    static func operated(_ request: ControlRequest, by: String, _ sentence: String) -> Record {
        // An announcement is the text of a message, and stays out.
        let subject = request.command == .announce ? nil : request.subject
        return Record(
            .operated, "\(by): \(sentence)",
            [
                ("BY", by), ("COMMAND", request.command.rawValue), ("SUBJECT", subject), ("REASON", request.reason),
                ("SEQ", request.seq.map(String.init)),
            ])
    }

    static func idleExit(seconds: Int64) -> Record {
        Record(.idleExit, "Nobody was here for \(seconds) s; the next visitor starts it again.")
    }

    static func failed(_ sentence: String) -> Record { Record(.failed, sentence) }

    static func full(limit: Int) -> Record {
        Record(
            .full, "All \(limit) connections are in use; newcomers are turned away. --max-connections sets the limit.",
            [("LIMIT", "\(limit)")])
    }

    static func notStored(_ reason: LedgerError) -> Record {
        Record(.notStored, "Something was not stored, its sender was told to try again. \(reason)")
    }

    static func ledgerTrouble(_ reason: LedgerError) -> Record { Record(.ledgerTrouble, reason.description) }

    static func stalled(milliseconds: Int64, queued: Int) -> Record {
        Record(
            .stalled,
            "The ledger has got nothing done for \(milliseconds / 1000) s, \(counted(queued, "message")) waited: look whether its disk hangs.",
            [("SECONDS", "\(milliseconds / 1000)"), ("QUEUED", "\(queued)")])
    }

    static func goesOn(milliseconds: Int64) -> Record {
        Record(.goesOn, "The ledger goes on, after \(milliseconds / 1000) s.", [("SECONDS", "\(milliseconds / 1000)")])
    }

    /// - Parameter last: the last of them.
    static func heldBack(_ count: Int, last: Record) -> Record {
        Record(
            .heldBack, "\(count) more of a kind were held back. The last: \(last.message)",
            [("HELD_BACK", "\(count)"), ("HELD_BACK_ID", last.kind.rawValue)])
    }

    static func notRead(_ reason: String) -> Record {
        Record(.ledgerTrouble, "A question to the ledger was not answered. \(reason)")
    }

    static func descriptorsShort(_ error: SystemError) -> Record {
        Record(
            .descriptorsShort, "Newcomers have to wait (\(error)). Raise LimitNOFILE= of the service.",
            [("ERRNO", "\(error.code)")])
    }

    static func limitBelow(_ connections: Int, descriptors: Int) -> Record {
        Record(
            .descriptorsShort,
            "The limit of \(descriptors) open files is too low for \(connections) connections: raise LimitNOFILE= of the service, or lower --max-connections.",
            [("DESCRIPTORS", "\(descriptors)"), ("LIMIT", "\(connections)")])
    }
}
