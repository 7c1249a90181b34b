// Under load, ticks gather. As long as the readers of the last large tick (nginx, above all) have not read it, another write to
// each of them would only cost more: what was committed meanwhile waits for them, for some milliseconds at most, and goes
// out in one write. While they keep up, nothing waits.

internal import Chat
internal import Linux
internal import Systemd

extension Relay {
    /// Whether what comes out of the ledger is to wait.
    func isGathering(at now: Moment) -> Bool {
        guard let probe = delivery.probe else { return release() }
        if gatheringSince == nil { gatheringSince = now.monotonic }
        let isUnread = poller.isOpen(probe) && poller.isUnread(probe)
        guard isUnread, now.monotonic - (gatheringSince ?? 0) < Limits.gatherMilliseconds else {
            delivery.dismissWitness(hasRead: !isUnread)
            return release()
        }
        if pacer?.isEnabled == false {
            outcomes?.isEnabled = false
            pacer?.restart()
        }
        return true
    }

    private func release() -> Bool {
        gatheringSince = nil
        if pacer?.isEnabled == true {
            pacer?.isEnabled = false
            outcomes?.isEnabled = true
        }
        return false
    }
}
