// Back-pressure of a whole room: while the readers of the last large tick (nginx, above all) have not read it, another write to each
// of them only costs more. So what the ledger commits meanwhile is gathered, and goes out in one write. While the readers keep
// up, nothing waits.

internal import Linux

struct BackPressureProbe {
    /// The last recipient of a large tick. Once it has read the tick, nearly all have.
    private(set) var slot: Slot?
    /// Which of the last recipients is taken: another one where the one before did not read.
    private var offset = 0
    /// Since when the next tick waits, in milliseconds of the monotonic clock.
    private var since: Int64?

    /// A tick went out to these slots.
    mutating func choose(of subscribers: [Slot], _ poller: borrowing ConnectionPoller) {
        guard subscribers.count >= TransportLimits.probedRecipients else { return }
        let candidate = subscribers[subscribers.count - 1 - offset % subscribers.count]
        if !poller.has(.queued, candidate) { slot = candidate }
    }

    /// Whether the next tick is to wait.
    mutating func readersLag(_ poller: borrowing ConnectionPoller, at now: Int64) -> Bool {
        guard let slot else {
            since = nil
            return false
        }
        let began = since ?? now
        since = began
        let isUnread = poller.isOpen(slot) && poller.isUnread(slot)
        if isUnread, now - began < TransportLimits.gatherMilliseconds { return true }
        self.slot = nil
        since = nil
        // A prime, so that all recipients have their turn, and not neighbours one after the other: they connected together.
        if isUnread { offset &+= 7_919 }
        return false
    }
}
