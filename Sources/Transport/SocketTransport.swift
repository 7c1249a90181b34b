// The connections: bytes in, events to the handler; sends and publications in, bytes out at the end of the tick. One thread.
//
// SocketTransport+Accept.swift has how connections come, +Handshake.swift the request and its response, +Reading.swift what peers send,
// +Sending.swift what the host sends, +API.swift requests of programs and streams of events, +SocketIO.swift clients of Socket.IO, +Closing.swift every way in which a connection ends,
// +Timers.swift what falls due, +Restart.swift other processes.

internal import Bridge
package import Chat
internal import Compression
package import Handover
internal import Host
package import Linux
internal import Primitives
internal import WebSocket

package final class SocketTransport {
    var settings: TransportSettings
    /// WebSockets that there may be at the same time.
    package private(set) var connectionLimit: Int
    var poller: ConnectionPoller
    var broadcaster = Broadcaster()
    var connections = ConnectionTable()
    var timers = ConnectionTimers()
    var stash: DescriptorStash
    /// There from `adopt` on.
    package internal(set) var crashRecords: CrashRecords?
    package internal(set) var figures = TransportFigures()
    /// Set before the first turn.
    package weak var handler: (any TransportHandler)?
    /// WebSockets whose response is not written yet.
    var opening: [SessionID] = []
    var drainRequests: [SessionID] = []
    /// Sessions of Socket.IO.
    var bridge: Bridge
    /// Inputs of the chat from sessions of Socket.IO.
    var chatInputs: [Bridge.ChatInput] = []
    /// The time of this turn.
    var turnTime = Moment(wall: 0, monotonic: 0)
    var reading = Reading()

    /// What all connections share to be read.
    struct Reading {
        var ready: [Readiness] = []
        var buffer = [UInt8](repeating: 0, count: TransportLimits.readBytes)
        let inflater = Inflater()
    }

    /// - Throws: where the kernel has no epoll set for it.
    package init(
        _ settings: TransportSettings, stash: consuming DescriptorStash
    ) throws(SystemError) {
        self.settings = settings
        connectionLimit = SocketTransport.connectionLimit(settings)
        self.stash = stash
        bridge = SocketTransport.bridge(settings, ledger: "")
        poller = try ConnectionPoller(batch: TransportLimits.readyBatch)
    }

    /// To be watched for reading by the event loop, which then calls `turn`.
    package var descriptor: Int32 { poller.descriptor }

    package func reconfigure(_ new: TransportSettings) {
        settings = new
        connectionLimit = SocketTransport.connectionLimit(new)
    }

    /// Without a setting, as many as the limit of open files leaves room for, with the descriptors of the stash.
    private static func connectionLimit(_ settings: TransportSettings) -> Int {
        let free = Process.raiseDescriptorLimit() - TransportLimits.reservedDescriptors
        return settings.maxConnections ?? max(free - free / TransportLimits.connectionsOfDescriptor, 1)
    }

    /// Reads from the connections that are ready, at most one batch, and writes to those that have room again.
    package func turn(at now: Moment) {
        turnTime = now
        if !bridge.isIdle { tickBridge(at: now) }
        poller.poll(into: &reading.ready)
        for event in reading.ready where poller.isOpen(event.slot) {
            if event.writable { broadcaster.resume(event.slot, &poller) }
            if event.readable { read(event.slot, at: now) }
        }
        reading.ready.removeAll(keepingCapacity: true)
    }

    /// Ends a tick: writes what was sent in it.
    package func flush(at now: Moment) {
        broadcaster.flush(&poller, at: now.monotonic)
        for session in opening where isOpen(session) {
            crashRecords?.setPhase(session.slot, poller.has(.compressed, session.slot) ? .openCompressed : .open)
        }
        opening.removeAll(keepingCapacity: true)
    }

    /// Handles what `flush` has found out: peers that are gone, and outboxes that have grown or become empty.
    /// - Parameter drains: whether sessions that are drained are told to the handler.
    /// - Returns: whether there is something to write again.
    package func inspect(drains: Bool, at now: Moment) -> Bool {
        turnTime = now
        giveInputs(at: now)
        if drains {
            let sessions = drainRequests
            drainRequests = []
            for session in sessions {
                if isOpen(session) {
                    tellOnceDrained(session, at: now)
                } else if bridge.holds(session) {
                    if isDrained(session) { handler?.drained(session, at: now) } else { drainRequests.append(session) }
                }
            }
        }
        for slot in broadcaster.takeGone() where poller.isOpen(slot) { disconnect(slot, at: now) }
        for slot in broadcaster.takeChanged() where poller.isOpen(slot) { inspect(slot, at: now) }
        return broadcaster.isDue
    }

    private func tellOnceDrained(_ session: SessionID, at now: Moment) {
        if broadcaster.outbox(session.slot).isEmpty {
            handler?.drained(session, at: now)
        } else {
            connections[session.slot]?.awaitsDrain = true
        }
    }

    private func inspect(_ slot: Slot, at now: Moment) {
        guard let connection = connections[slot] else { return }
        let outbox = broadcaster.outbox(slot)
        let sum = connections.setOutput(of: connection, to: outbox.bytes)
        if outbox.isEmpty {
            if connection.isLingering { poller.endWriting(slot) }
            if connection.awaitsDrain {
                connection.awaitsDrain = false
                handler?.drained(session(slot), at: now)
            }
        } else if outbox.bytes > settings.outboxBytes {
            closeSlowReader(slot, connection, at: now)
        } else if sum > settings.outboxBytes * TransportLimits.clientOutboxes {
            closeSlowReader(slot, connection, ofClient: sum, at: now)
        } else {
            limitAge(of: outbox, slot, connection)
        }
    }

    /// The outbox is looked at again when its oldest byte is too old.
    func limitAge(of outbox: Outbox, _ slot: Slot, _ connection: Connection) {
        guard let since = outbox.since, !connection.isOutboxTimed else { return }
        connection.isOutboxTimed = true
        timers.outboxes.add(key(slot), due: since + TransportLimits.stuckMilliseconds)
    }

    /// Whether the readers of the last large tick lag, so that the next tick is to wait and gather more.
    package func readersLag(at now: Moment) -> Bool { broadcaster.probe.readersLag(poller, at: now.monotonic) }

    // MARK: sessions

    func session(_ slot: Slot) -> SessionID { SessionID(slot: slot, generation: poller.generation(slot)) }

    func key(_ slot: Slot) -> ConnectionTimers.ConnectionKey {
        ConnectionTimers.ConnectionKey(slot: slot, generation: poller.generation(slot))
    }

    /// Whether the connection is still the one that the key was made for.
    func isCurrent(_ key: ConnectionTimers.ConnectionKey) -> Bool {
        poller.isOpen(key.slot) && poller.generation(key.slot) == key.generation
    }

    /// Whether the session is a WebSocket of our own protocol, or a stream of events, and open in our direction.
    func isOpen(_ session: SessionID) -> Bool {
        guard poller.isOpen(session.slot), poller.generation(session.slot) == session.generation,
            let connection = connections[session.slot]
        else { return false }
        return connection.isOpen && !connection.isSocketIO || connection.isStreaming
    }

    /// The session's connection, or nil where it has ended.
    package func connection(of session: SessionID) -> Connection? {
        poller.generation(session.slot) == session.generation ? connections[session.slot] : nil
    }

    // MARK: figures

    /// WebSockets that are open, or not closed yet.
    package var webSockets: Int { connections.webSockets }
    /// WebSockets, and sessions of Socket.IO that are polled.
    package var clients: Int { webSockets + bridge.pollingSessions }
    /// All connections.
    package var connectionCount: Int { poller.count }
    package var deliveries: UInt64 { broadcaster.deliveries }
    package var bytesWritten: UInt64 { poller.bytesWritten }
    /// System calls that wrote.
    package var writes: UInt64 { poller.writes }
}
