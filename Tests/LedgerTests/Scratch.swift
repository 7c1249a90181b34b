// What the tests of this room share: a folder for a file, entries, a ledger on one thread, and all that comes out of one.

import Chat
import FoundationEssentials
import Glibc
import Host
import SQLite
import Testing

@testable import Ledger

/// A folder that goes with its owner.
final class Scratch {
    let folder: String
    var path: String { folder + "/ledger" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.path() + "chatrelay-ledger-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}

let ada = UserID(1)
let bob = UserID(2)
let cleo = UserID(3)

func message(_ id: String, _ user: UserID = ada, room: String = "lobby", text: String = "hi", at: Int64 = 1) -> Entry {
    .message(Message(user: user, id: id, room: room, from: "User \(user.number)", text: text, at: at))
}

func whisper(_ id: String, _ user: UserID = ada, to peer: UserID, text: String = "hi", at: Int64 = 1) -> Entry {
    .private(
        PrivateMessage(
            user: user, peer: peer, id: id, from: "User \(user.number)", to: "User \(peer.number)", text: text, at: at))
}

func claim(_ name: String, token: TokenHash? = nil, at: Int64 = 1) -> Entry {
    .claim(Claim(name: name, token: token, at: at))
}

/// A ledger's parts, all on the test's thread.
struct Bench {
    let store: Store
    let housekeeping: Housekeeping
    let queries: Queries

    init(_ settings: LedgerSettings = LedgerSettings()) throws {
        store = try Store(settings)
        housekeeping = try Housekeeping(store, settings)
        queries = try Queries(store.database, place: settings.place) { false }
    }

    /// Commits all in one batch.
    @discardableResult
    func put(_ entries: [Entry]) throws -> [LedgerOutcome] {
        let outcomes = try store.commit(entries.map { Waiting(entry: $0) }[...])
        housekeeping.count(outcomes)
        return outcomes
    }

    /// Keeps house until there is nothing left to do.
    /// - Returns: what was forgotten, step by step.
    @discardableResult
    func keepHouse(wall: Int64 = 0, monotonic: Int64 = 0) throws -> [UInt64] {
        var forgotten: [UInt64] = []
        for _ in 0..<100_000 {
            switch try housekeeping.step(Moment(wall: wall, monotonic: monotonic)) {
            case .nothing: return forgotten
            case .done: break
            case .forgot(let seq): forgotten.append(seq)
            }
        }
        Issue.record("the housekeeping does not end")
        return forgotten
    }

    func found(_ words: String, _ user: UserID = ada, rooms: [String] = ["lobby"]) -> [UInt64]? {
        numbers(queries.answer(.search(words, user, rooms: rooms, privates: .all, before: .max, limit: 100)))
    }
}

/// The numbers of a complete answer.
func numbers(_ answer: Answer) -> [UInt64]? {
    guard case .entries(let entries, more: false) = answer else { return nil }
    return entries.map(\.seq)
}

/// The numbers of what was committed, negative for repeats, 0 for the rest.
func seqs(_ outcomes: [LedgerOutcome]) -> [Int] {
    outcomes.map { outcome in
        switch outcome {
        case .committed(let committed, _): Int(committed.seq)
        case .repeated(let committed, _): -Int(committed.seq)
        default: 0
        }
    }
}

/// Waits on the ledger's descriptor until `isEnough` of all that came.
func outcomes(of ledger: SQLiteLedger, until isEnough: ([LedgerOutcome]) -> Bool) throws -> [LedgerOutcome] {
    var outcomes: [LedgerOutcome] = []
    while !isEnough(outcomes) {
        var event = pollfd(fd: ledger.descriptor, events: Int16(POLLIN), revents: 0)
        try #require(unsafe poll(&event, 1, 20_000) == 1, "nothing came")
        ledger.takeOutcomes { outcomes.append($0) }
    }
    return outcomes
}

func outcomes(of ledger: SQLiteLedger, _ count: Int) throws -> [LedgerOutcome] {
    try outcomes(of: ledger) { $0.count >= count }
}

/// Numbers that are the same in every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
