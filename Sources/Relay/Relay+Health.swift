// Whether all is well: the watchdog, what the service manager shows, what the ledger's progress says.

internal import Chat
internal import Ledger
internal import Linux
internal import Systemd

extension Relay {
    /// Begins to look. While the ledger's writer makes no progress the watchdog hears nothing, so that the service
    /// manager ends a daemon that could only take messages and never store them.
    func watchHealth() throws(SystemError) {
        if let limit = ServiceManager.watchdogMilliseconds {
            stallLimit = limit / 2
            try loop.every(milliseconds: max(limit / 2, 1)) { [unowned self] in
                lookAtLedger(at: now.monotonic)
                if !figures.isStalled { tellManager("WATCHDOG=1") }
            }
        }
        try loop.every(milliseconds: Limits.statusMilliseconds) { [unowned self] in reportStatus() }
    }

    /// Looks at what can be wrong, and says at once where it has become wrong, or well again.
    func lookAround(at now: Moment) {
        let fault = figures.fault
        lookAtLedger(at: now.monotonic)
        figures.isFull = seats >= maxConnections
        figures.isShort = now.monotonic < shortUntil
        // A sentence with seconds in it changes all the time.
        if (fault == nil) != (figures.fault == nil) { reportStatus() }
    }

    private func lookAtLedger(at now: Int64) {
        let wasStalled = figures.isStalled
        let lasted = figures.stalled
        let ledgerFigures = ledger.figures
        figures.queued = ledgerFigures.queued
        figures.queueLimit = ledgerFigures.queueLimit
        figures.stalled = ledger.stalled(at: now)
        figures.isStalled = figures.stalled > stallLimit
        if figures.isStalled, !wasStalled {
            journal.write(.stalled(milliseconds: figures.stalled, queued: figures.queued))
        }
        if wasStalled, !figures.isStalled { journal.write(.goesOn(milliseconds: lasted)) }
    }

    func reportStatus() {
        guard !isStopping else { return }
        let now = now.monotonic
        let (users, rooms) = chat.figures
        let line = figures.statusLine(connections: seats, users: users, rooms: rooms, at: now)
        tellManager("STATUS=\(line)")
    }
}
