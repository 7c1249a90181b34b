// The schedule of a load: when each message is sent, and the wait for its deliveries.

import Linux
import WebSocket

extension Load {
    /// Messages sent in a row, where the generator is behind the schedule, before the sockets are read.
    private static let burst = 16

    /// Sends messages for the given time and waits for the last delivery.
    /// - Parameter rate: messages a second; nil for one message at a time.
    mutating func drive(rate: Double?, seconds: Double) -> LoadResult {
        let first = scheduled.count
        result = LoadResult()
        let start = Clock.monotonicNanoseconds
        let end = start + Int64(seconds * 1e9)
        while true {
            let now = Clock.monotonicNanoseconds
            let next = rate.map { start + Int64(Double(scheduled.count - first) * 1e9 / $0) } ?? now
            if next >= end { break }
            if next > now {
                // Polls without a wait for the last millisecond, because epoll_wait(2) counts in milliseconds.
                pump(wait: Int32((next - now) / 1_000_000))
                continue
            }
            publish(at: next)
            if rate == nil { while (missing.last ?? 0) > 0, Clock.monotonicNanoseconds < end { pump(wait: 1) } }
            if rate != nil, scheduled.count % Load.burst == 0 { pump(wait: 0) }
        }
        return finish(from: first, start)
    }

    /// Sends this number of messages, one at a time.
    mutating func drive(messages: Int) -> LoadResult {
        let first = scheduled.count
        result = LoadResult()
        let start = Clock.monotonicNanoseconds
        for _ in 0..<messages {
            let limit = Clock.monotonicNanoseconds + patience
            publish(at: Clock.monotonicNanoseconds)
            while (missing.last ?? 0) > 0, Clock.monotonicNanoseconds < limit { pump(wait: 1) }
        }
        return finish(from: first, start)
    }

    /// Waits for the missing deliveries.
    private mutating func finish(from first: Int, _ start: Int64) -> LoadResult {
        let limit = Clock.monotonicNanoseconds + patience
        while missing[first...].contains(where: { $0 > 0 }), Clock.monotonicNanoseconds < limit { pump(wait: 10) }
        result.seconds = Double(Clock.monotonicNanoseconds - start) / 1e9
        result.messages = scheduled.count - first
        result.lost = missing[first...].reduce(0) { $0 + max($1, 0) }
        result.hungUp = hungUp
        result.firstError = firstError
        return result
    }

    private mutating func publish(at time: Int64) {
        let begun = Clock.monotonicNanoseconds
        let index = scheduled.count
        let room = index % assignment.rooms
        let publisher = assignment.sender(in: room, message: index, publishers: publishers, clients: readers.count)
        scheduled.append(time)
        missing.append(members[room])
        let message =
            isPrivate && wire == .chat
            ? WireProtocol.privateMessage(index, text: text, to: 1)
            : wire.message(index, text: text, in: room, from: publisher, at: Clock.wall)
        send(.text, Array(message.utf8), from: Slot(publisher))
        result.busyNanoseconds += Clock.monotonicNanoseconds - begun
    }
}
