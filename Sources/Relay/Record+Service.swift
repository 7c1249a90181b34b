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

    static func tookBack(_ takeover: Relay.Takeover, milliseconds: Int64) -> Record {
        var sentence = "Took back \(counted(takeover.taken, "connection")) in \(milliseconds) ms"
        if takeover.isCrash { sentence += ", closed \(takeover.inDoubt) in doubt" }
        sentence += "."
        if takeover.isCrash {
            sentence += " The process before did not end by itself: all are asked to say hello again."
        }
        if let fault = takeover.fault { sentence += " Its state could not be used: \(fault)." }
        if takeover.unknown > 0 {
            sentence += " Of \(counted(takeover.unknown, "connection")) another version knew: closed."
        }
        return Record(
            .tookBack, sentence,
            [
                ("CONNECTIONS", "\(takeover.taken)"), ("IN_DOUBT", "\(takeover.inDoubt)"),
                ("MILLISECONDS", "\(milliseconds)"), ("CRASH", takeover.isCrash ? "1" : "0"),
            ])
    }

    static func handedOver(connections: Int) -> Record {
        Record(
            .handedOver, "Handing over \(counted(connections, "connection")) to the next process.",
            [("CONNECTIONS", "\(connections)")])
    }

    static func notHandedOver(_ reason: String, goesOn: Bool) -> Record {
        Record(
            .notHandedOver,
            goesOn
                ? "This process goes on: it could not hand its connections over. \(reason)"
                : "The connections are left without their state, and will be asked to say hello again. \(reason)")
    }

    static func notKept(_ error: SystemError) -> Record {
        Record(
            .notKept,
            "Connections would not outlive a crash (\(error)): raise LimitNOFILE= and FileDescriptorStoreMax= of the service.",
            [("ERRNO", "\(error.code)")])
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
