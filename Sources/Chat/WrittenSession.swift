// One session in the restart state, and the encoding of its parts.

import Primitives
import StateCoding

/// A session's membership of a room in the restart state.
struct WrittenMembership {
    let room: String
    let progress: Membership.Progress
    let typingFrom: Int64
}

struct WrittenSession {
    let slot: UInt32
    let user: UInt64?
    let rateLimiter: CommandRateLimiter
    let address: IPAddress
    let authenticatedName: UserName?
    let resync: UInt32?
    private(set) var memberships: [WrittenMembership] = []
    let catchUp: CatchUp?

    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    init(from reader: inout StateReader, at now: Int64) throws(StateError) {
        slot = try reader.integer()
        user = try reader.optional { (reader) throws(StateError) in try reader.uint64() }
        rateLimiter = try CommandRateLimiter(from: &reader, at: now)
        address = IPAddress(high: try reader.uint64(), low: try reader.uint64())
        authenticatedName = try reader.optional { (reader) throws(StateError) in try reader.userName() }
        resync = try reader.optional { (reader) throws(StateError) in try reader.integer() }
        var memberships: [WrittenMembership] = []
        try reader.each { (reader) throws(StateError) in
            let room = try reader.string()
            guard memberships.count < ChatLimits.roomsOfSession,
                let progress = Membership.Progress(rawValue: try reader.integer())
            else { throw StateError() }
            memberships.append(
                WrittenMembership(room: room, progress: progress, typingFrom: now + (try reader.time())))
        }
        self.memberships = memberships
        catchUp = try reader.optional { (reader) throws(StateError) in try CatchUp(from: &reader) }
        // Only a session that is catching up lacks missed messages of a room.
        guard catchUp != nil || !memberships.contains(where: { $0.progress == .catchingUp }),
            catchUp == nil || user != nil
        else { throw StateError() }
    }
}

extension StateReader {
    mutating func userName() throws(StateError) -> UserName {
        guard let name = try? UserName(stored: try string()) else { throw StateError() }
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
        switch context {
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
        case .invalid(let field, let text):
            writer.write(UInt64(4))
            writer.write(field.rawValue)
            writer.write(text)
        case .userID(let user):
            writer.write(UInt64(5))
            writer.write(user.number)
        }
        writer.write(proposal) { $0.write($1) }
        writer.write(retry) { $0.write($1) }
        writer.write(until) { $0.write($1) }
    }

    init(from reader: inout StateReader) throws(StateError) {
        guard let code = Code(rawValue: try reader.string()) else { throw StateError() }
        let message = try reader.string()
        let context: Context?
        switch try reader.uint64() {
        case 0: context = .nothing
        case 1: context = MessageID(try reader.string()).map { .message($0) }
        case 2: context = RoomName(try reader.string()).map { .room($0) }
        case 3: context = .user(try reader.userName())
        case 4:
            let field = Field(rawValue: try reader.string())
            let text = try reader.string()
            context = field.map { .invalid($0, text) }
        case 5: context = .userID(UserID(try reader.uint64()))
        default: context = nil
        }
        guard let context else { throw StateError() }
        self.init(code, message, about: context)
        proposal = try reader.optional { (reader) throws(StateError) in try reader.string() }
        retry = try reader.optional { (reader) throws(StateError) in try reader.int64() }
        until = try reader.optional { (reader) throws(StateError) in try reader.int64() }
    }
}
