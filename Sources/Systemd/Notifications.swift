// Notifications to the service manager, and descriptors for its descriptor store. sd_notify(3).
//
// Nothing here waits, except `flush`: sd_notify(3) itself blocks while the service manager does not read its socket. What the
// socket does not take is kept, in order, and sent by `retry`. A barrier (sd_notify_barrier(3)) tells what has been processed.

internal import Linux

@safe package final class Notifications {
    private struct Notification {
        /// Assignments, one a line.
        let text: String
        /// A descriptor for the store, and its name.
        var stored: (number: Int32, name: String)?

        /// The name of the first assignment: a newer one replaces a waiting one, because only the last counts.
        var key: Substring { text.prefix { $0 != "=" } }
        var isRemoval: Bool { key == "FDSTOREREMOVE" }
    }

    private let address: String?
    private var socket: DatagramSocket?
    private var waiting: [Notification] = []
    /// Descriptors that are not known to be stored, by name: in `waiting`, or after the last barrier.
    private var unconfirmed: Set<String> = []
    /// The barrier that was sent last, when, and what is stored once it is processed.
    private var barrier: ClosingNotice?
    private var barrierSent: Int64 = 0
    private var barrierCovers: Set<String> = []
    /// Since when something has waited, in milliseconds of the monotonic clock.
    private var waitingSince: Int64 = 0
    private var nextAttempt: Int64 = .min

    /// - Parameter address: that of the service manager's socket; nil without a service manager.
    package init(address: String? = Process.environment("NOTIFY_SOCKET")) {
        self.address = address
        if let address { socket = try? DatagramSocket(connectedTo: address) }
    }

    /// Whether there is a service manager, which can store descriptors (FileDescriptorStoreMax= of the unit).
    package var hasManager: Bool { address != nil }

    /// Whether notifications wait for the service manager.
    package var isWaiting: Bool { !waiting.isEmpty }

    /// - Parameter state: assignments such as "READY=1", one a line.
    package func notify(_ state: String) { enqueue(Notification(text: state)) }

    /// Sends WATCHDOG=1 at once, or not at all: a late one would tell that the loop was alive, not that it is.
    package func feedWatchdog() {
        sendWaiting()
        if waiting.isEmpty { _ = send(Notification(text: "WATCHDOG=1")) }
    }

    /// Adds a copy of the descriptor to the descriptor store (FDSTORE=1): the service's next process gets it under this name.
    /// The store keeps the descriptor also after its peer has closed the connection (FDPOLL=0).
    /// - Parameter number: stays open until `discard`, because it may have to wait.
    package func store(_ number: Int32, name: String) {
        guard hasManager else { return }
        unconfirmed.insert(name)
        enqueue(Notification(text: "FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)", stored: (number, name)))
    }

    /// Removes all descriptors of this name from the descriptor store.
    package func discard(_ name: String) {
        unconfirmed.remove(name)
        barrierCovers.remove(name)
        let count = waiting.count
        waiting.removeAll { $0.stored?.name == name }
        // What has never left need not be removed; of this name there is one at a time.
        if waiting.count == count { enqueue(Notification(text: "FDSTOREREMOVE=1\nFDNAME=\(name)")) }
    }

    /// Whether the service manager has processed the descriptor of this name, as far as is known.
    package func isStored(_ name: String) -> Bool { !unconfirmed.contains(name) }

    /// Sends what waits, and asks whether the service manager has processed what was sent. To be called about once a second.
    package func retry(at now: Int64) {
        guard hasManager else { return }
        nextAttempt = now + Notifications.retryMilliseconds
        sendWaiting()
        if barrier?.isClosed() == true { confirm() }
        guard barrier == nil, waiting.isEmpty else { return }
        // Nothing to confirm: asked now and then, whether the service manager still reads.
        guard !unconfirmed.isEmpty || now - barrierSent >= Notifications.probeMilliseconds else { return }
        barrierSent = now
        sendBarrier()
    }

    /// As `retry`, for calls at any rate, where something waits.
    package func retrySoon(at now: Int64) {
        if isWaiting, now >= nextAttempt { retry(at: now) }
    }

    /// For how many milliseconds the service manager has not processed what it was sent; 0 where it has.
    package func silence(at now: Int64) -> Int64 {
        let since = [isWaiting ? waitingSince : nil, barrier == nil ? nil : barrierSent].compactMap(\.self).min()
        return since.map { max(now - $0, 0) } ?? 0
    }

    /// Waits until the service manager has processed everything.
    /// - Returns: whether it has; true without a service manager.
    package func flush(milliseconds: Int64) -> Bool {
        guard hasManager else { return true }
        let end = Clock.monotonic + milliseconds
        func left() -> Int32 { Int32(clamping: max(end - Clock.monotonic, 0)) }
        // An outstanding barrier does not cover what was sent after it.
        barrier = nil
        while true {
            sendWaiting()
            if waiting.isEmpty {
                if barrier == nil { sendBarrier() }
                if let isClosed = barrier?.isClosed(within: left()) {
                    if isClosed { confirm() }
                    return isClosed
                }
            }
            guard left() > 0 else { return false }
            // Without a limit of its own the loop would spin where sendmsg(2) fails for another reason than a full socket.
            Clock.sleep(milliseconds: Notifications.retryMilliseconds)
        }
    }

    /// Milliseconds between two attempts to send what waits.
    private static let retryMilliseconds: Int64 = 20
    /// Milliseconds between two barriers while nothing is to be confirmed.
    private static let probeMilliseconds: Int64 = 10_000

    private func enqueue(_ notification: Notification) {
        guard hasManager else { return }
        sendWaiting()
        if waiting.isEmpty {
            if send(notification) { return }
            waitingSince = Clock.monotonic
        } else if notification.stored == nil, !notification.isRemoval {
            waiting.removeAll { $0.stored == nil && $0.key == notification.key }
        }
        waiting.append(notification)
    }

    private func sendWaiting() {
        var sent = 0
        while sent < waiting.count, send(waiting[sent]) { sent += 1 }
        waiting.removeFirst(sent)
        if sent > 0 { waitingSince = Clock.monotonic }
    }

    private func sendBarrier() {
        barrierCovers = unconfirmed
        barrier = try? ClosingNotice { (number) throws(SystemError) in
            guard send(Notification(text: "BARRIER=1", stored: (number, ""))) else {
                throw SystemError(code: 0, attempt: "send a barrier")
            }
        }
    }

    private func confirm() {
        barrier = nil
        unconfirmed.subtract(barrierCovers)
        barrierCovers = []
    }

    /// - Returns: whether the socket has taken it.
    private func send(_ notification: Notification) -> Bool {
        guard let address else { return true }
        for isFirst in [true, false] {
            do throws(SystemError) {
                if socket == nil { socket = try DatagramSocket(connectedTo: address) }
                try socket?.send(notification.text, with: notification.stored?.number)
                return true
            } catch {
                // A service manager that was started again has another socket.
                if error.isFull || error.isTooManyReferences || !isFirst { return false }
                socket = nil
            }
        }
        return false
    }
}
