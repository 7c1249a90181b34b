// What is counted, and what is wrong now: for the status line, /healthz and /metrics. The loop's own.

internal import Chat

struct Figures {
    /// What people said, also in private; and of it what was private.
    var messages: UInt64 = 0
    var privates: UInt64 = 0
    /// Answers to requests for a WebSocket, by their HTTP status: 101 is one that was accepted.
    var upgrades: [Int: UInt64] = [:]
    /// WebSockets that ended, by the code of the first close frame, as `Relay.closeLabel` has it.
    var closings: [String: UInt64] = [:]
    /// Readers that were sent away since too much waited for them, or for too long.
    var slowReaders: UInt64 = 0
    var bytesRead: UInt64 = 0
    /// Connections that the process before has left to this one; and those that had to be closed, for what was written to
    /// them, or read, could not be known.
    var takenBack: UInt64 = 0
    var inDoubt: UInt64 = 0

    /// What is wrong now, as a sentence: why the last thing was not stored, and what else is wrong with the ledger.
    var refusal: String?
    var trouble: String?
    var badSettings: String?
    /// For how many milliseconds the ledger's writer got nothing done, whether that is too long, what waits for it.
    var stalled: Int64 = 0
    var isStalled = false
    var queued = 0
    var queueLimit = 1
    /// Whether newcomers wait for descriptors, and whether they are turned away.
    var isShort = false
    var isFull = false

    private var lastMessages: UInt64 = 0
    private var lastTime: Int64 = 0

    mutating func count(_ entry: Entry) {
        if entry.isMessage { messages += 1 }
        if case .private = entry { privates += 1 }
    }

    /// One line for people: systemctl shows it as Status. What is wrong comes first: the line may be cut at its end.
    mutating func statusLine(connections: Int, users: Int, rooms: Int, at now: Int64) -> String {
        let elapsed = max(now - lastTime, 1)
        let tenths = Int((messages - lastMessages) * 10_000) / Int(elapsed)
        (lastMessages, lastTime) = (messages, now)
        let rate = tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
        return (fault.map { "\($0) " } ?? "")
            + "\(counted(connections, "connection")), \(counted(users, "user")), \(counted(rooms, "room")), "
            + "\(rate) messages a second"
    }
}

extension Figures {
    /// Why clients should be sent elsewhere, as a sentence; nil where all is well enough.
    var sickness: String? {
        if isStalled {
            return
                "The ledger has got nothing done for \(stalled / 1000) s: look whether its disk hangs, or is far too slow."
        }
        return refusal
    }

    /// The worst of what is wrong, as a sentence that says what to do.
    var fault: String? {
        if let sickness { return sickness }
        if 2 * queued >= queueLimit || stalled >= Limits.behindMilliseconds {
            return
                "The ledger is behind, \(counted(queued, "message")) waited and \(stalled / 1000) s passed: its disk is slow."
        }
        if isShort {
            return "Newcomers have to wait, there are too few descriptors: raise LimitNOFILE= of the service."
        }
        if isFull { return "All connections are in use: raise --max-connections." }
        return trouble ?? badSettings
    }
}

extension Relay {
    /// Peers may send thousands of codes: what is not the protocol's own, or ours, is one.
    static func closeLabel(_ code: UInt16?) -> String {
        guard let code else { return "none" }
        let isOurs = CloseReason.codes.contains(code) || [resumeCode, idleCode, crowdedCode].contains(code)
        return code < 1016 || isOurs ? "\(code)" : "other"
    }
}

/// "1 room", "2 rooms".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
