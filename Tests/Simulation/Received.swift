// What comes from the server, as a client reads it: frames, and events in them.

import FoundationEssentials

/// All fields of all events that a client looks at.
struct Received: Decodable {
    var type: String
    var event: String?
    var code: String?
    var name: String?
    var was: String?
    var token: String?
    var proposal: String?
    var ledger: String?
    var room: String?
    var with: String?
    var users: Int?
    var names: [String]?
    var seq: UInt64?
    var id: String?
    var from: String?
    var to: String?
    var text: String?
    var messages: [Received]?
    var before: UInt64?
    var more: More?
    var gap: Bool?
    var retry: Int64?
    var again: Int?
    var emoji: String?
    var on: Bool?
    var re: UInt64?
    var title: String?
    var topic: String?
    var reactions: [Reaction]?
    var user: UInt64?
    var away: Away?
    var status: String?
    var statuses: [Status]?
    var message: Message?

    struct Reaction: Decodable {
        var emoji: String
        var users: [UInt64]
    }

    struct Status: Decodable {
        var user: UInt64
        var status: String
    }

    /// Whether a user is away, or who is.
    enum Away: Decodable {
        case flag(Bool)
        case users([UInt64])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else {
                self = .users(try container.decode([UInt64].self))
            }
        }
    }

    /// The number of a message, or a sentence.
    enum Message: Decodable {
        case number(UInt64)
        case sentence

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = (try? container.decode(UInt64.self)).map { .number($0) } ?? .sentence
        }
    }

    /// Whether there are more, or how many.
    enum More: Decodable {
        case flag(Bool)
        case count(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else {
                self = .count(try container.decode(Int.self))
            }
        }
    }

    var hasMore: Bool {
        switch more {
        case .flag(let flag): flag
        case .count(let count): count > 0
        case nil: false
        }
    }
}

/// Reads each event once, however many get it.
final class EventReader {
    private var known: [[UInt8]: Received] = [:]
    private let decoder = JSONDecoder()
    private let findings: Findings

    init(_ findings: Findings) { self.findings = findings }

    func read(_ json: [UInt8]) -> Received {
        if let event = known[json] { return event }
        if known.count > 500 { known = [:] }
        guard let event = try? decoder.decode(Received.self, from: Data(json)) else {
            findings.violated("nobody can read \(String(decoding: json, as: UTF8.self))")
            return Received(type: "")
        }
        known[json] = event
        return event
    }
}

/// Takes a server's bytes apart: whole frames, not masked (RFC 6455 §5.2).
struct ServerFrames {
    private var bytes: [UInt8] = []

    mutating func receive(_ more: [UInt8]) -> [(opcode: UInt8, payload: [UInt8])] {
        bytes += more
        var frames: [(opcode: UInt8, payload: [UInt8])] = []
        var start = 0
        while bytes.count >= start + 2 {
            let short = Int(bytes[start + 1])
            let extended = short == 126 ? 2 : short == 127 ? 8 : 0
            guard bytes.count >= start + 2 + extended else { break }
            let first = start + 2 + extended
            let count = extended == 0 ? short : bytes[start + 2..<first].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count >= first + count else { break }
            frames.append((bytes[start], Array(bytes[first..<first + count])))
            start = first + count
        }
        bytes.removeFirst(start)
        return frames
    }
}
