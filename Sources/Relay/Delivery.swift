// Everything that goes out: who is subscribed to which room, what this tick has for whom, and what lags behind.
//
// In a tick each room's events are encoded once, into the room's lane. At its end each subscriber gets the lane by one
// write of the same bytes. A session whose tick differs (it has answers of its own, came or went in this tick, or is in
// several rooms that have something) is served by itself, from the same lanes, in the one order of the tick: a client
// that has seen a sequence number has seen all before it.

internal import Chat
internal import Compression
internal import Linux

struct Delivery {
    /// What a room has for its sessions with compression, or for those without: an event is encoded once for each kind.
    private struct Topic {
        var subscribers: [Slot] = []
        var batch = FrameBatch()
    }

    /// A session's place in a topic.
    private struct Membership {
        let topic: Int
        var position: Int
    }

    /// What makes a session's tick differ from its rooms'.
    private struct SessionBatch {
        var batch = FrameBatch()
        /// The order from which on it is subscribed, for rooms that it joined in this tick.
        var joined: [(topic: Int, order: Int)] = []
        /// The orders for which it was subscribed, for rooms that it left in this tick.
        var left: [(topic: Int, orders: Range<Int>)] = []
    }

    /// Of each room two, the plain one first.
    private var topics: [Topic] = []
    private lazy var deflater = Deflater()
    private var memberships: [[Membership]] = []
    private var outboxes: [Outbox] = []
    /// Where it is noted of whom a frame has gone out in part.
    var crashRecords: CrashRecords?
    private var dirty: [Int] = []
    private var sessionBatches: [Slot: SessionBatch] = [:]
    private var sessionBatchSlots: [Slot] = []
    private var order = 0
    private var remainders: [ConnectionPoller.Remainder] = []

    /// Whoever was the last to be written to in a tick of many recipients: when it has read that, nearly all have.
    private(set) var probe: Slot?
    /// For which of the last recipients that is: another one, where the one before did not read.
    private var witnessPlace = 0

    private var gone: [Slot] = []
    private var changed: [Slot] = []
    /// Events that went out (or into a queue), counted for each recipient.
    private(set) var deliveries: UInt64 = 0

    /// Connections whose peer was found gone, since this was last asked.
    mutating func takeGone() -> [Slot] {
        defer { gone = [] }
        return gone
    }

    /// Connections whose queue has grown or was emptied, or that are watched, since this was last asked.
    mutating func takeChanged() -> [Slot] {
        defer { changed = [] }
        return changed
    }

    /// Names the connection in the next `takeChanged`.
    mutating func watch(_ slot: Slot) { changed.append(slot) }

    /// Whether a flush has something to do.
    var isDue: Bool { !dirty.isEmpty || !sessionBatchSlots.isEmpty }

    func outbox(_ slot: Slot) -> Outbox { outboxes[Int(slot)] }

    // MARK: a tick

    mutating func publish(_ json: [UInt8], to room: RoomID) {
        let order = nextOrder()
        for isCompressed in [false, true] {
            let index = topic(room, isCompressed: isCompressed)
            guard index < topics.count, !topics[index].subscribers.isEmpty else { continue }
            if topics[index].batch.isEmpty { dirty.append(index) }
            topics[index].batch.appendText(json, isCompressed ? deflater : nil, order: order)
            deliveries += UInt64(topics[index].subscribers.count)
        }
    }

    mutating func send(_ json: [UInt8], to slot: Slot, in poller: inout ConnectionPoller) {
        let order = nextOrder()
        let deflater = poller.has(.compressed, slot) ? deflater : nil
        makeSpecial(slot, in: &poller) { $0.batch.appendText(json, deflater, order: order) }
        deliveries += 1
    }

    /// Whole frames, or an HTTP response as the first thing of all.
    mutating func sendBytes(_ bytes: [UInt8], to slot: Slot, in poller: inout ConnectionPoller) {
        let order = nextOrder()
        makeSpecial(slot, in: &poller) { $0.batch.appendFrames(bytes, order: order) }
    }

    mutating func subscribe(_ slot: Slot, to room: RoomID, in poller: inout ConnectionPoller) {
        let index = topic(room, isCompressed: poller.has(.compressed, slot))
        while topics.count <= index { topics.append(Topic()) }
        memberships[Int(slot)].append(Membership(topic: index, position: topics[index].subscribers.count))
        topics[index].subscribers.append(slot)
        poller.set(.inSeveralRooms, slot, to: memberships[Int(slot)].count > 1)
        let order = nextOrder()
        makeSpecial(slot, in: &poller) { $0.joined.append((index, order)) }
    }

    mutating func unsubscribe(_ slot: Slot, from room: RoomID, in poller: inout ConnectionPoller) {
        let index = topic(room, isCompressed: poller.has(.compressed, slot))
        guard let place = memberships[Int(slot)].firstIndex(where: { $0.topic == index }) else { return }
        withdraw(slot, memberships[Int(slot)].remove(at: place))
        poller.set(.inSeveralRooms, slot, to: memberships[Int(slot)].count > 1)
        let order = nextOrder()
        makeSpecial(slot, in: &poller) { sessionBatch in
            let from = sessionBatch.joined.first { $0.topic == index }?.order ?? 0
            sessionBatch.joined.removeAll { $0.topic == index }
            sessionBatch.left.append((index, from..<order))
        }
    }

    /// The end of the tick: everything goes out, or into the queue of a reader that lags.
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
                    makeSpecial(slot, in: &poller) { _ in }
                } else {
                    queue(chunk, 0..<chunk.count, for: slot, in: &poller, at: now)
                }
            }
            remainders.removeAll(keepingCapacity: true)
            chooseWitness(of: topics[index].subscribers, poller)
        }
        for slot in sessionBatchSlots { deliverSpecial(slot, &poller, at: now) }
        for index in dirty { topics[index].batch = FrameBatch() }
        dirty.removeAll(keepingCapacity: true)
        sessionBatchSlots.removeAll(keepingCapacity: true)
        order = 0
    }

    /// Nobody is waited for any more.
    /// - Parameter hasRead: whether the witness has read; where it did not, the next one is another.
    mutating func dismissWitness(hasRead: Bool) {
        probe = nil
        // A prime, so that it comes around to everybody, and not to neighbours first: they came together.
        if !hasRead { witnessPlace &+= 7_919 }
    }

    // MARK: a connection's life

    mutating func insert(_ slot: Slot) {
        while outboxes.count <= Int(slot) {
            outboxes.append(Outbox())
            memberships.append([])
        }
    }

    /// What the process before had not written yet.
    mutating func restore(_ outbox: Outbox, of slot: Slot, in poller: inout ConnectionPoller) {
        guard !outbox.isEmpty else { return }
        outboxes[Int(slot)] = outbox
        wait(for: slot, in: &poller)
    }

    mutating func remove(_ slot: Slot) {
        for membership in memberships[Int(slot)] { withdraw(slot, membership) }
        memberships[Int(slot)] = []
        outboxes[Int(slot)] = Outbox()
        if sessionBatches.removeValue(forKey: slot) != nil { sessionBatchSlots.removeAll { $0 == slot } }
    }

    /// The socket can take more.
    mutating func resume(_ slot: Slot, _ poller: inout ConnectionPoller) {
        defer { crashRecords?.setUnwritten(slot, outboxes[Int(slot)].unwritten) }
        while let (chunk, range) = outboxes[Int(slot)].next {
            switch poller.write(slot, chunk, range) {
            case .gone: return gone.append(slot)
            case .bytes(let count):
                outboxes[Int(slot)].consume(count)
                if count < range.count { return }
            }
        }
        poller.awaitWriting(slot, false)
        poller.set(.queued, slot, to: false)
        changed.append(slot)
    }

    /// Drops what is queued but for the frame under way. The queue stays one, even where nothing is left in it: what
    /// comes next waits for the socket.
    mutating func cutQueue(of slot: Slot) { outboxes[Int(slot)].cut() }

    // MARK: parts

    private mutating func chooseWitness(of subscribers: [Slot], _ poller: borrowing ConnectionPoller) {
        guard subscribers.count >= Limits.gatheredRecipients else { return }
        let candidate = subscribers[subscribers.count - 1 - witnessPlace % subscribers.count]
        if !poller.has(.queued, candidate) { probe = candidate }
    }

    private func topic(_ room: RoomID, isCompressed: Bool) -> Int { Int(room.index) * 2 + (isCompressed ? 1 : 0) }

    private mutating func nextOrder() -> Int {
        order += 1
        return order
    }

    private mutating func makeSpecial(
        _ slot: Slot, in poller: inout ConnectionPoller, _ change: (inout SessionBatch) -> Void
    ) {
        if !poller.has(.sessionBatch, slot) {
            poller.set(.sessionBatch, slot, to: true)
            sessionBatchSlots.append(slot)
        }
        change(&sessionBatches[slot, default: SessionBatch()])
    }

    private mutating func withdraw(_ slot: Slot, _ membership: Membership) {
        let last = topics[membership.topic].subscribers.removeLast()
        guard last != slot else { return }
        topics[membership.topic].subscribers[membership.position] = last
        for place in memberships[Int(last)].indices where memberships[Int(last)][place].topic == membership.topic {
            memberships[Int(last)][place].position = membership.position
        }
    }

    private mutating func deliverSpecial(_ slot: Slot, _ poller: inout ConnectionPoller, at now: Int64) {
        guard let sessionBatch = sessionBatches.removeValue(forKey: slot) else { return }
        poller.set(.sessionBatch, slot, to: false)
        var views = [FrameBatch.View(sessionBatch.batch)]
        for membership in memberships[Int(slot)] where !topics[membership.topic].batch.isEmpty {
            let from = sessionBatch.joined.first { $0.topic == membership.topic }?.order ?? 0
            views.append(FrameBatch.View(topics[membership.topic].batch, orders: from..<Int.max))
        }
        for (topic, orders) in sessionBatch.left where !topics[topic].batch.isEmpty {
            views.append(FrameBatch.View(topics[topic].batch, orders: orders))
        }
        let runs = FrameBatch.merge(views)
        let total = runs.reduce(0) { $0 + $1.range.count }
        if runs.count > 1, total <= Limits.joinBytes, !poller.has(.queued, slot) {
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
        // The head of the very first chunk is an HTTP response: no frames to find in it.
        outboxes[Int(slot)].append(chunk, range, isFrames: chunk.first != UInt8(ascii: "H"), at: now)
        if isFirst { crashRecords?.setUnwritten(slot, outboxes[Int(slot)].unwritten) }
        wait(for: slot, in: &poller)
    }

    private mutating func wait(for slot: Slot, in poller: inout ConnectionPoller) {
        poller.set(.queued, slot, to: true)
        poller.awaitWriting(slot, true)
        changed.append(slot)
    }
}
