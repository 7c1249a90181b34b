// Everything that is sent: the subscriptions to rooms, the frames of the tick, and the outboxes of slow readers.
//
// In a tick each event of a room is encoded once, into the room's batch. At the end of the tick each subscriber gets the batch
// by one write of the same bytes. A session whose tick differs (it got answers of its own, joined or left in this tick, or several
// of its rooms have something) is written to by itself, from the same batches, in the one order of the tick: a client that has
// seen a sequence number has seen all before it.

internal import API
internal import Bridge
internal import Chat
internal import Compression
internal import Handover
internal import Linux

struct Broadcaster {
    /// What a room sends in one form: an event is encoded once for each, however many get it.
    private struct Topic {
        var subscribers: [Slot] = []
        var batch = FrameBatch()
    }

    /// A session's place in a topic.
    private struct Subscription {
        let topic: Int
        var position: Int
    }

    /// What makes a session's tick differ from that of its rooms.
    private struct SessionBatch {
        var batch = FrameBatch()
        /// Rooms that it joined in this tick, and the order from which on it is subscribed.
        var joined: [(topic: Int, order: Int)] = []
        /// Rooms that it left in this tick, and the orders for which it was subscribed.
        var left: [(topic: Int, orders: Range<Int>)] = []
    }

    /// By room and form.
    private var topics: [Topic] = []
    private lazy var deflater = Deflater()
    /// By slot.
    private var subscriptions: [[Subscription]] = []
    private var outboxes: [Outbox] = []
    /// Where the unwritten rests of frames are recorded.
    var crashRecords: CrashRecords?
    /// Subscriptions in a form of Socket.IO.
    private var socketIOSubscriptions = 0
    /// Topics whose batches are not empty.
    private var dirty: [Int] = []
    private var sessionBatches: [Slot: SessionBatch] = [:]
    private var sessionBatchSlots: [Slot] = []
    private var order = 0
    private var remainders: [ConnectionPoller.Remainder] = []
    var probe = BackPressureProbe()
    private var gone: [Slot] = []
    private var changed: [Slot] = []
    /// Events that were sent, counted for each recipient.
    private(set) var deliveries: UInt64 = 0

    /// Connections whose peer was found to be gone, since the last call.
    mutating func takeGone() -> [Slot] {
        defer { gone = [] }
        return gone
    }

    /// Connections whose outbox has changed since the last call, and those that were given to `inspect`.
    mutating func takeChanged() -> [Slot] {
        defer { changed = [] }
        return changed
    }

    /// Names the connection in the next `takeChanged`.
    mutating func inspect(_ slot: Slot) { changed.append(slot) }

    /// Whether `flush` has something to do.
    var isDue: Bool { !dirty.isEmpty || !sessionBatchSlots.isEmpty }

    func outbox(_ slot: Slot) -> Outbox { outboxes[Int(slot)] }

    // MARK: a tick

    mutating func publish(_ json: [UInt8], _ event: inout SocketIOEvent, to room: RoomID) {
        append(json, to: topic(room, .plain))
        append(json, to: topic(room, .compressed), isCompressed: true)
        let streams = topic(room, .eventStream)
        if hasSubscribers(streams) { append(event: EventStream.event(json), to: streams) }
        guard socketIOSubscriptions > 0 else { return }
        for form in SocketIOForm.allCases {
            let index = topic(room, .socketIO(form))
            guard hasSubscribers(index), let message = event.message(form) else { continue }
            // A packet of Engine.IO: a message.
            append([UInt8(ascii: "4")] + message, to: index)
        }
    }

    private func hasSubscribers(_ index: Int) -> Bool { index < topics.count && !topics[index].subscribers.isEmpty }

    /// A connection may get several forms of an event, so each has its place in the order.
    private mutating func append(_ text: [UInt8], to index: Int, isCompressed: Bool = false) {
        guard hasSubscribers(index) else { return }
        if topics[index].batch.isEmpty { dirty.append(index) }
        topics[index].batch.appendText(text, isCompressed ? deflater : nil, order: nextOrder())
        deliveries += UInt64(topics[index].subscribers.count)
    }

    private mutating func append(event bytes: [UInt8], to index: Int) {
        if topics[index].batch.isEmpty { dirty.append(index) }
        topics[index].batch.appendFrames(bytes, order: nextOrder())
        deliveries += UInt64(topics[index].subscribers.count)
    }

    mutating func send(_ json: [UInt8], to slot: Slot, in poller: inout ConnectionPoller) {
        let order = nextOrder()
        let deflater = poller.has(.compressed, slot) ? deflater : nil
        changeSessionBatch(slot, in: &poller) { $0.batch.appendText(json, deflater, order: order) }
        deliveries += 1
    }

    /// Sends whole frames or server-sent events, or an HTTP response as the first bytes of a connection.
    mutating func sendBytes(_ bytes: [UInt8], to slot: Slot, in poller: inout ConnectionPoller) {
        let order = nextOrder()
        changeSessionBatch(slot, in: &poller) { $0.batch.appendFrames(bytes, order: order) }
    }

    mutating func subscribe(_ slot: Slot, to room: RoomID, _ form: BroadcastForm, in poller: inout ConnectionPoller) {
        let index = topic(room, form)
        while topics.count <= index { topics.append(Topic()) }
        subscriptions[Int(slot)].append(Subscription(topic: index, position: topics[index].subscribers.count))
        topics[index].subscribers.append(slot)
        if isSocketIO(index) { socketIOSubscriptions += 1 }
        poller.set(.inSeveralRooms, slot, to: subscriptions[Int(slot)].count > 1)
        let order = nextOrder()
        changeSessionBatch(slot, in: &poller) { $0.joined.append((index, order)) }
    }

    /// Nothing more of its rooms goes to the connection; what was published before this in the tick still does.
    /// - Parameter form: the one that ends; nil for all.
    mutating func unsubscribeFromRooms(_ slot: Slot, _ form: BroadcastForm? = nil, in poller: inout ConnectionPoller) {
        for topic in subscriptions[Int(slot)].map(\.topic)
        where form == nil || topic % BroadcastForm.count == form?.rawValue {
            unsubscribe(slot, from: topic, in: &poller)
        }
    }

    mutating func unsubscribe(
        _ slot: Slot, from room: RoomID, _ form: BroadcastForm, in poller: inout ConnectionPoller
    ) {
        unsubscribe(slot, from: topic(room, form), in: &poller)
    }

    private mutating func unsubscribe(_ slot: Slot, from index: Int, in poller: inout ConnectionPoller) {
        guard let place = subscriptions[Int(slot)].firstIndex(where: { $0.topic == index }) else { return }
        removeSubscriber(slot, subscriptions[Int(slot)].remove(at: place))
        poller.set(.inSeveralRooms, slot, to: subscriptions[Int(slot)].count > 1)
        let order = nextOrder()
        changeSessionBatch(slot, in: &poller) { sessionBatch in
            let from = sessionBatch.joined.first { $0.topic == index }?.order ?? 0
            sessionBatch.joined.removeAll { $0.topic == index }
            sessionBatch.left.append((index, from..<order))
        }
    }

    /// Ends the tick: everything is written, or queued in the outboxes of slow readers.
    /// - Parameter now: milliseconds of the monotonic clock.
    mutating func flush(_ poller: inout ConnectionPoller, at now: Int64) {
        let inSeveralRooms = dirty.count > 1
        for index in dirty {
            let chunk = topics[index].batch.bytes
            poller.broadcast(
                chunk, to: topics[index].subscribers,
                avoid: inSeveralRooms ? [.queued, .sessionBatch, .inSeveralRooms] : [.queued, .sessionBatch],
                remainders: &remainders)
            for remainder in remainders {
                let slot = remainder.slot
                if remainder.written >= 0 {
                    queue(chunk, remainder.written..<chunk.count, for: slot, in: &poller, at: now)
                } else if poller.has(.sessionBatch, slot) {
                    continue
                } else if inSeveralRooms, poller.has(.inSeveralRooms, slot) {
                    changeSessionBatch(slot, in: &poller) { _ in }
                } else {
                    queue(chunk, 0..<chunk.count, for: slot, in: &poller, at: now)
                }
            }
            remainders.removeAll(keepingCapacity: true)
            probe.choose(of: topics[index].subscribers, poller)
        }
        for slot in sessionBatchSlots { writeSessionBatch(slot, &poller, at: now) }
        for index in dirty { topics[index].batch = FrameBatch() }
        dirty.removeAll(keepingCapacity: true)
        sessionBatchSlots.removeAll(keepingCapacity: true)
        order = 0
    }

    // MARK: a connection's life

    mutating func insert(_ slot: Slot) {
        while outboxes.count <= Int(slot) {
            outboxes.append(Outbox())
            subscriptions.append([])
        }
    }

    /// Takes over what another process had queued.
    mutating func restore(_ outbox: Outbox, of slot: Slot, in poller: inout ConnectionPoller) {
        guard !outbox.isEmpty else { return }
        outboxes[Int(slot)] = outbox
        wait(for: slot, in: &poller)
    }

    /// The connection has ended.
    mutating func remove(_ slot: Slot) {
        for subscription in subscriptions[Int(slot)] { removeSubscriber(slot, subscription) }
        subscriptions[Int(slot)] = []
        outboxes[Int(slot)] = Outbox()
        if sessionBatches.removeValue(forKey: slot) != nil { sessionBatchSlots.removeAll { $0 == slot } }
    }

    /// Writes what is queued, as much as the socket takes.
    mutating func resume(_ slot: Slot, _ poller: inout ConnectionPoller) {
        defer { crashRecords?.setUnwritten(slot, outboxes[Int(slot)].unwritten) }
        while let (chunk, range) = outboxes[Int(slot)].next {
            switch poller.write(slot, chunk, range) {
            case .gone: return gone.append(slot)
            case .bytes(let count):
                outboxes[Int(slot)].consume(count)
                if count < range.count { return changed.append(slot) }
            }
        }
        poller.awaitWriting(slot, false)
        poller.set(.queued, slot, to: false)
        changed.append(slot)
    }

    /// Drops what is queued except the rest of a frame. The connection still counts as queued, so that what comes next is written
    /// once the socket has room.
    mutating func cutOutbox(of slot: Slot) { outboxes[Int(slot)].cut() }

    // MARK: parts

    private func topic(_ room: RoomID, _ form: BroadcastForm) -> Int {
        Int(room.index) * BroadcastForm.count + form.rawValue
    }

    private mutating func nextOrder() -> Int {
        order += 1
        return order
    }

    private mutating func changeSessionBatch(
        _ slot: Slot, in poller: inout ConnectionPoller, _ change: (inout SessionBatch) -> Void
    ) {
        if !poller.has(.sessionBatch, slot) {
            poller.set(.sessionBatch, slot, to: true)
            sessionBatchSlots.append(slot)
        }
        change(&sessionBatches[slot, default: SessionBatch()])
    }

    private func isSocketIO(_ topic: Int) -> Bool { topic % BroadcastForm.count >= BroadcastForm.socketIOStart }

    private mutating func removeSubscriber(_ slot: Slot, _ subscription: Subscription) {
        if isSocketIO(subscription.topic) { socketIOSubscriptions -= 1 }
        let last = topics[subscription.topic].subscribers.removeLast()
        guard last != slot else { return }
        topics[subscription.topic].subscribers[subscription.position] = last
        for place in subscriptions[Int(last)].indices where subscriptions[Int(last)][place].topic == subscription.topic
        {
            subscriptions[Int(last)][place].position = subscription.position
        }
    }

    private mutating func writeSessionBatch(_ slot: Slot, _ poller: inout ConnectionPoller, at now: Int64) {
        guard let sessionBatch = sessionBatches.removeValue(forKey: slot) else { return }
        poller.set(.sessionBatch, slot, to: false)
        var views = [FrameBatch.View(sessionBatch.batch)]
        for subscription in subscriptions[Int(slot)] where !topics[subscription.topic].batch.isEmpty {
            let from = sessionBatch.joined.first { $0.topic == subscription.topic }?.order ?? 0
            views.append(FrameBatch.View(topics[subscription.topic].batch, orders: from..<Int.max))
        }
        for (topic, orders) in sessionBatch.left where !topics[topic].batch.isEmpty {
            views.append(FrameBatch.View(topics[topic].batch, orders: orders))
        }
        let runs = FrameBatch.merge(views)
        let total = runs.reduce(0) { $0 + $1.range.count }
        if runs.count > 1, total <= TransportLimits.joinBytes, !poller.has(.queued, slot) {
            var joined: [UInt8] = []
            joined.reserveCapacity(total)
            for run in runs { joined += run.chunk[run.range] }
            write(joined, 0..<total, to: slot, in: &poller, at: now)
        } else {
            for run in runs { write(run.chunk, run.range, to: slot, in: &poller, at: now) }
        }
    }

    private mutating func write(
        _ chunk: [UInt8], _ range: Range<Int>, to slot: Slot, in poller: inout ConnectionPoller, at now: Int64
    ) {
        if poller.has(.queued, slot) { return queue(chunk, range, for: slot, in: &poller, at: now) }
        switch poller.write(slot, chunk, range) {
        case .gone: gone.append(slot)
        case .bytes(let count) where count < range.count:
            queue(chunk, range.dropFirst(count), for: slot, in: &poller, at: now)
        case .bytes: break
        }
    }

    private mutating func queue(
        _ chunk: [UInt8], _ range: Range<Int>, for slot: Slot, in poller: inout ConnectionPoller, at now: Int64
    ) {
        let isFirst = outboxes[Int(slot)].isEmpty
        // The first byte of a frame is above 0x7f (RFC 6455 §5.2: FIN), that of an HTTP response or of server-sent events is ASCII.
        outboxes[Int(slot)].append(chunk, range, isFrames: chunk.first.map { $0 > 0x7f } ?? true, at: now)
        if isFirst { crashRecords?.setUnwritten(slot, outboxes[Int(slot)].unwritten) }
        wait(for: slot, in: &poller)
    }

    private mutating func wait(for slot: Slot, in poller: inout ConnectionPoller) {
        poller.set(.queued, slot, to: true)
        poller.awaitWriting(slot, true)
        changed.append(slot)
    }
}
