// The joiner: sockets, the WebSocket machine, the chat, the ledger and the service manager on one loop, one thread.
//
// A turn: what is readable is read and given to the chat; what the ledger has committed is applied; then the tick goes
// out. Relay+Connections.swift has a connection's life, Relay+Service.swift the service's.

package import Chat
internal import Compression
package import Ledger
package import Linux
internal import Systemd
internal import WebSocket

package final class Relay {
    var configuration: Configuration
    var maxConnections: Int
    /// Where the settings are read again, and how they were given the last time.
    let sources: SettingSources
    var given: [String: GivenSetting]
    let loop: EventLoop
    var listeners: [Listener]
    var poller: ConnectionPoller
    var delivery = Delivery()
    var chat: Chat
    var ledger: any Ledger
    var journal = JournalWriter()
    var figures = Figures()
    var times = MessageTimes()
    var reserve = DescriptorReserve()
    let store: DescriptorStore
    var stash: DescriptorStash
    /// What the next process finds after a crash; there from `takeOver` on.
    var crashRecords: CrashRecords?
    /// Who comes after this process, once that is decided, and what limits the time until then.
    var successor: Successor?
    var handoverLimit: EventLoop.Source?
    /// When it began, in milliseconds since 1970.
    let startTime = Clock.wall

    var connections: [Connection?] = []
    /// Orders that the chat has not answered, by number.
    var orders: [UInt64: PendingOrder] = [:]
    var lastOrder: UInt64 = 0
    /// Since when there has been no connection, and the start, on the monotonic clock in milliseconds.
    var idleSince = Clock.monotonic
    let started = Clock.monotonic

    /// Connections that must have got further by a time: constant waits, so each queue is in order by itself.
    var handshakes = Deadlines()
    var closings = Deadlines()
    /// The same of those that are no WebSockets.
    var refusals = Deadlines()
    var laggards = Deadlines()
    /// Connections that are WebSockets, or were and are not closed yet.
    var seats = 0
    var addresses = ClientAddresses()
    /// The number of the newest connection.
    var lastNumber: UInt64 = 0
    /// Milliseconds without the ledger's progress that are too many: half of the watchdog's time, where there is one.
    var stallLimit = Limits.stallMilliseconds
    var isStopping = false
    /// Whether newcomers wait because there is no descriptor for them.
    var isPaused = false
    /// Until when that counts as a fault: it is tried again and again.
    var shortUntil: Int64 = 0

    /// Where the crowd wakes the loop.
    var traffic: EventLoop.Source?
    /// The ledger has something; and while that waits for the readers of the last tick, the time to look again.
    var outcomes: EventLoop.Source?
    var pacer: EventLoop.Source?
    /// Since when it waits, in milliseconds of the monotonic clock.
    var gatheringSince: Int64?
    /// Connections whose upgrade is being answered.
    var upgraded: [SessionID] = []
    /// Connections that the chat wants to know of once they have read everything.
    private var paced: [SessionID] = []
    private var ready: [Readiness] = []
    private var actions: [Action] = []
    let inflater = Inflater()
    private var buffer = [UInt8](repeating: 0, count: Limits.readBytes)

    /// - Parameters:
    ///   - sources: where the configuration is from.
    ///   - given: as read there.
    ///   - listeners: open, checked and non-blocking.
    ///   - past: what the ledger knew when it was opened.
    ///   - store: keeps descriptors for the next process.
    package init(
        configuration: Configuration, from sources: SettingSources, given: [String: GivenSetting],
        listeners: consuming [Listener], ledger: any Ledger, snapshot: Snapshot, store: DescriptorStore
    ) throws(SystemError) {
        self.configuration = configuration
        self.sources = sources
        self.given = given
        maxConnections = Relay.maxConnections(configuration)
        self.listeners = listeners
        loop = try EventLoop()
        poller = try ConnectionPoller(batch: Limits.readyBatch)
        chat = Chat(settings: configuration.chat, random: SystemRandomNumberGenerator(), snapshot: snapshot)
        self.ledger = ledger
        self.store = store
        stash = DescriptorStash(store: store)
    }

    static func maxConnections(_ configuration: Configuration) -> Int {
        let free = Process.raiseDescriptorLimit() - Limits.reservedDescriptors
        return configuration.maxConnections ?? max(free - free / Limits.connectionsOfDescriptor, 1)
    }

    var now: Moment { Moment(wall: Clock.wall, monotonic: Clock.monotonic) }

    func session(_ slot: Slot) -> SessionID { SessionID(slot: slot, generation: poller.generation(slot)) }

    /// Tells the service manager (sd_notify(3)), which takes a socket for as long.
    func tellManager(_ state: String) { reserve.lend { ServiceManager.notify(state) } }

    // MARK: a turn

    /// Some connections are ready.
    func turn() {
        let now = now
        times.begin(at: Clock.monotonicNanoseconds)
        poller.poll(into: &ready)
        for event in ready where poller.isOpen(event.slot) {
            if event.writable { delivery.resume(event.slot, &poller) }
            if event.readable { read(event.slot, at: now) }
        }
        ready.removeAll(keepingCapacity: true)
        settle(at: now)
    }

    /// What was committed is applied, and everything goes out; also what the departures cause that show in doing so.
    func settle(at now: Moment) {
        repeat {
            if !isGathering(at: now) {
                var outcomes: [Outcome] = []
                ledger.takeOutcomes { outcomes.append($0) }
                for outcome in outcomes { tell(outcome, at: now) }
            }
            delivery.flush(&poller, at: now.monotonic)
            times.finish(at: Clock.monotonicNanoseconds)
            for session in upgraded where isSpeaking(session) {
                crashRecords?.setPhase(session.slot, poller.has(.compressed, session.slot) ? .openCompressed : .open)
            }
            upgraded.removeAll(keepingCapacity: true)
            // Who is to get more gets it from the next process.
            if successor == nil {
                for session in takePaced() where isSpeaking(session) { awaitDrain(session, at: now) }
            }
            for slot in delivery.takeGone() where poller.isOpen(slot) { drop(slot, at: now) }
            for slot in delivery.takeChanged() where poller.isOpen(slot) { inspect(slot, at: now) }
        } while delivery.isDue
        finishHandover(at: now)
    }

    private func takePaced() -> [SessionID] {
        defer { paced = [] }
        return paced
    }

    /// Tells the chat when all is written that was sent to the session.
    private func awaitDrain(_ session: SessionID, at now: Moment) {
        if delivery.outbox(session.slot).isEmpty {
            withChat(at: now) { $0.drained(session, into: &$1) }
        } else {
            connections[Int(session.slot)]?.isPaced = true
        }
    }

    /// Gives the chat something, and does what it says.
    func withChat(at now: Moment, _ change: (inout Chat, inout [Action]) -> Void) {
        change(&chat, &actions)
        perform(at: now)
    }

    private func read(_ slot: Slot, at now: Moment) {
        // A span may not reach into an object that others may change meanwhile, so the buffer is taken out.
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        switch poller.read(slot, into: &bytes) {
        case .wouldBlock: break
        case .ended: drop(slot, at: now)
        case .bytes(let count):
            connections[Int(slot)]?.lastHeard = now.monotonic
            figures.bytesRead += UInt64(count)
            crashRecords?.beginReading(slot)
            receive(slot, bytes.span.extracting(0..<count), at: now)
            crashRecords?.endReading()
        }
        swap(&bytes, &buffer)
    }

    private func perform(at now: Moment) {
        let todo = actions
        actions = []
        perform(todo, at: now)
    }

    func perform(_ actions: [Action], at now: Moment) {
        for action in actions { perform(action, at: now) }
    }

    private func perform(_ action: Action, at now: Moment) {
        switch action {
        case .send(let session, let json):
            if isSpeaking(session) { delivery.send(json, to: session.slot, in: &poller) }
        case .publish(let room, let json): delivery.publish(json, to: room)
        case .subscribe(let session, let room): delivery.subscribe(session.slot, to: room, in: &poller)
        case .unsubscribe(let session, let room): delivery.unsubscribe(session.slot, from: room, in: &poller)
        case .append(let entry, let origin): if ledger.append(entry, from: origin) { times.enter() }
        case .read(let number, let query): ledger.read(number, query)
        case .awaitDrain(let session): paced.append(session)
        case .close(let session, let closeReason):
            if isSpeaking(session) { close(session.slot, closeReason.code, closeReason.reason, at: now) }
        case .adminResult(let number, let result): conclude(number, result, at: now)
        case .report(let report): write(report)
        case .identified(let session, let user): crashRecords?.seat(session.slot, user.number)
        case .joinedRoom(let session, let name, let room): crashRecords?.enter(session.slot, room.index, name: name)
        case .leftRoom(let session, let room): crashRecords?.exit(session.slot, room.index)
        }
    }

    /// Whether the session's connection is still the one that it was, and open in our direction.
    private func isSpeaking(_ session: SessionID) -> Bool {
        guard poller.isOpen(session.slot), poller.generation(session.slot) == session.generation else { return false }
        if case .open = connections[Int(session.slot)]?.phase { return true }
        return false
    }
}
