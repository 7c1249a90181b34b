// One session as it was written down for the next process.

import Primitives
import StateCoding

struct WrittenSession {
    struct Place {
        let room: String
        let stage: Membership.Stage
        let typingFrom: Int64
    }

    let slot: UInt32
    let user: UInt64?
    let rateLimiter: CommandRateLimiter
    let address: IPAddress
    let authenticatedName: UserName?
    let resyncs: UInt32?
    private(set) var memberships: [Place] = []
    let catchUp: CatchUp?

    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    init(from reader: inout StateReader, at now: Int64) throws(StateError) {
        slot = try reader.integer()
        user = try reader.optional { (reader) throws(StateError) in try reader.uint64() }
        rateLimiter = try CommandRateLimiter(from: &reader, at: now)
        address = IPAddress(high: try reader.uint64(), low: try reader.uint64())
        authenticatedName = try reader.optional { (reader) throws(StateError) in try reader.userName() }
        resyncs = try reader.optional { (reader) throws(StateError) in try reader.integer() }
        var places: [Place] = []
        try reader.each { (reader) throws(StateError) in
            let room = try reader.string()
            guard places.count < ChatLimits.roomsOfSession, let stage = Membership.Stage(rawValue: try reader.integer())
            else { throw StateError() }
            places.append(Place(room: room, stage: stage, typingFrom: now + (try reader.time())))
        }
        memberships = places
        catchUp = try reader.optional { (reader) throws(StateError) in try CatchUp(from: &reader) }
        // Only who is on its way waits for something.
        guard catchUp != nil || places.allSatisfy({ $0.stage == .live }), catchUp == nil || user != nil else {
            throw StateError()
        }
    }
}

extension StateReader {
    mutating func userName() throws(StateError) -> UserName {
        guard let name = try? UserName(try string()) else { throw StateError() }
        return name
    }
}

extension CommandRateLimiter {
    func write(to writer: inout StateWriter, at now: Int64) {
        writer.write(max(bucket.fullAt, now * 1_000) - now * 1_000)
        writer.write(Int64(refused))
    }

    init(from reader: inout StateReader, at now: Int64) throws(StateError) {
        bucket = TokenBucket(fullAt: now * 1_000 + (try reader.time()))
        refused = try reader.integer()
        guard refused >= 0, refused < .max else { throw StateError() }
    }
}

extension CatchUp {
    func write(to writer: inout StateWriter) {
        writer.write(position)
        writer.write(isNew)
        writer.write(gap)
        writer.write(each: refusals) { $1.write(to: &$0) }
    }

    init(from reader: inout StateReader) throws(StateError) {
        position = try reader.uint64()
        (isNew, gap) = (try reader.bool(), try reader.bool())
        var refusals: [Refusal] = []
        try reader.each { (reader) throws(StateError) in refusals.append(try Refusal(from: &reader)) }
        self.refusals = refusals
    }
}

extension Refusal {
    func write(to writer: inout StateWriter) {
        writer.write(code.rawValue)
        writer.write(message)
        switch subject {
        case .nothing: writer.write(UInt64(0))
        case .message(let id):
            writer.write(UInt64(1))
            writer.write(id.text)
        case .room(let room):
            writer.write(UInt64(2))
            writer.write(room.text)
        case .user(let name):
            writer.write(UInt64(3))
            writer.write(name.text)
        }
        writer.write(proposal) { $0.write($1) }
        writer.write(retry) { $0.write($1) }
        writer.write(until) { $0.write($1) }
    }

    init(from reader: inout StateReader) throws(StateError) {
        guard let code = Code(rawValue: try reader.string()) else { throw StateError() }
        let message = try reader.string()
        let subject: Subject?
        switch try reader.uint64() {
        case 0: subject = .nothing
        case 1: subject = MessageID(try reader.string()).map { .message($0) }
        case 2: subject = RoomName(try reader.string()).map { .room($0) }
        case 3: subject = .user(try reader.userName())
        default: subject = nil
        }
        guard let subject else { throw StateError() }
        self.init(code, message, about: subject)
        proposal = try reader.optional { (reader) throws(StateError) in try reader.string() }
        retry = try reader.optional { (reader) throws(StateError) in try reader.int64() }
        until = try reader.optional { (reader) throws(StateError) in try reader.int64() }
    }
}
