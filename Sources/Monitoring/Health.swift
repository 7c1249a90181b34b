// What is wrong now, as sentences that say what to do: for the status line, /healthz and `chatrelay status`.

package struct Health {
    /// Why the last entry was not stored.
    var refusal: String?
    /// What else is wrong with the ledger.
    var ledgerProblem: String?
    /// Why the last reload changed nothing.
    package var settingsProblem: String?
    /// For how many milliseconds the ledger's writer has made no progress, and whether that is too long.
    var stalled: Int64 = 0
    var isStalled = false
    /// Entries that are queued for the ledger, and how many may be.
    var queued = 0
    var queueLimit = 1
    /// Whether new connections wait for descriptors.
    var lacksDescriptors = false
    /// Whether new connections are refused.
    var isFull = false

    /// For how many milliseconds the service manager has not read what it was sent, and how many connections its descriptor store
    /// does not have yet.
    var silence: Int64 = 0
    var unstored = 0
    /// For how many milliseconds nobody has taken the record that is being written.
    var journalBlocked: Int64 = 0

    package init() {}

    /// Why load balancers should send clients elsewhere, or nil.
    package var outage: String? {
        if isStalled {
            return
                "The ledger has stored nothing for \(stalled / 1000) s: check whether its disk hangs or is far too slow."
        }
        return refusal
    }

    /// The worst of what is wrong, or nil.
    package var problem: String? {
        if let outage { return outage }
        if 2 * queued >= queueLimit || stalled >= MonitoringLimits.slowMilliseconds {
            return
                "The ledger is behind, \(counted(queued, "message")) waited and \(stalled / 1000) s passed: its disk is slow."
        }
        if lacksDescriptors {
            return "There are too few descriptors, so new connections wait: raise LimitNOFILE= of the service."
        }
        if isFull { return "All connections are in use: raise --max-connections." }
        if isManagerSilent { return Health.silence(silence, unstored: unstored) }
        if journalBlocked >= MonitoringLimits.blockedMilliseconds {
            return
                "No journal record was taken for \(journalBlocked / 1000) s: check whether systemd-journald, or the reader of standard error, still runs."
        }
        return ledgerProblem ?? settingsProblem
    }

    var isManagerSilent: Bool { silence >= MonitoringLimits.silentMilliseconds }

    static func silence(_ milliseconds: Int64, unstored: Int) -> String {
        "The service manager has read nothing for \(milliseconds / 1000) s, and \(counted(unstored, "connection")) would not survive a crash: check whether “systemctl status” answers."
    }
}

/// "1 room", "2 rooms".
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
