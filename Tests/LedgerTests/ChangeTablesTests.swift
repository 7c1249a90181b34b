// Edits, deletions and reactions in the file: ChangeTables.swift.

import Chat
import Host
import SQLite
import Testing

@testable import Ledger

@Suite struct ChangeTablesTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }

    private func change(
        _ id: String, _ message: UInt64, _ kind: Change.Kind, by user: UserID = ada, rooms: [String] = ["lobby"]
    ) -> Entry {
        let author = Change.Author(user: user, id: id, name: "User \(user.number)")
        return .change(
            Change(
                message: message, kind: kind, author: author, at: 9,
                permission: Change.Permission(rooms: rooms, sentSince: 0)))
    }

    private func edit(_ id: String, _ message: UInt64, _ text: String, by user: UserID = ada) -> Entry {
        change(id, message, .edit(text: text), by: user)
    }

    private func react(_ id: String, _ message: UInt64, _ emoji: String, by user: UserID, on: Bool = true) -> Entry {
        change(id, message, .reaction(emoji, isOn: on), by: user)
    }

    private func rejections(_ outcomes: [LedgerOutcome]) -> [Rejection] {
        outcomes.compactMap { if case .rejected(_, _, let rejection) = $0 { rejection } else { nil } }
    }

    @Test func anEditedTextReplacesTheOldOneEverywhere() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a", text: "secret"), message("b", text: "plain")])
        try fixture.runMaintenance()
        #expect(
            seqs(try fixture.put([edit("c", 1, "first"), edit("d", 1, "second"), edit("d", 1, "third")])) == [3, 4, -4])
        try fixture.runMaintenance()
        #expect(fixture.found("secret") == [] && fixture.found("first") == [] && fixture.found("second") == [1])
        #expect(
            try fixture.store.database.integer("SELECT count(*) FROM events WHERE text IN ('secret', 'first')") == 0)
        try fixture.store.database.execute("INSERT INTO texts (texts, rank) VALUES ('integrity-check', 0)")
        // Who missed both edits gets the newest text with each.
        guard
            case .entries(let missed, false) = fixture.queries.answer(
                .missed(ada, rooms: ["lobby"], after: 2, upTo: 9, limit: 9, atMost: 9))
        else {
            Issue.record("no entries")
            return
        }
        #expect(missed.map(\.seq) == [3, 4])
        for case .change(let change) in missed.map(\.entry) { #expect(change.kind == .edit(text: "second")) }
        let recent = try fixture.store.snapshot().recent
        #expect(recent.map(\.seq) == [1, 2, 3, 4] && recent.first?.entry.details?.edited == 9)
    }

    /// A text that was edited before the index had it is found with its new words only.
    @Test func aTextThatIsNotIndexedYetCanBeEdited() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a", text: "secret"), edit("b", 1, "plain")])
        try fixture.runMaintenance()
        #expect(fixture.found("secret") == [] && fixture.found("plain") == [1])
        try fixture.store.database.execute("INSERT INTO texts (texts, rank) VALUES ('integrity-check', 0)")
    }

    @Test func aChangeOfAnotherUsersMessageIsRejected() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([
            message("a", text: "Hello"), whisper("b", to: bob), .announcement(Announcement(text: "x", at: 1)),
        ])
        let outcomes = try fixture.put([
            edit("c", 1, "x", by: bob), change("d", 1, .deletion, by: bob), edit("e", 2, "x", by: cleo),
            edit("f", 3, "x"), edit("g", 99, "x"), change("h", 1, .deletion, rooms: ["attic"]),
            react("i", 1, "👍", by: bob, on: false), edit("j", 1, "Hello"),
        ])
        #expect(
            rejections(outcomes) == [
                .notYours, .notYours, .noSuchMessage, .noSuchMessage, .noSuchMessage, .notInRoom("lobby"),
                .unchanged(1),
                .unchanged(1),
            ])
        #expect(try fixture.store.database.integer("SELECT max(seq) FROM events") == 3, "no number is used up")
    }

    @Test func reactionsGoWithTheirMessage() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepMessages: 2))
        try fixture.put([message("a"), message("b")])
        try fixture.put([
            react("c", 1, "👍", by: bob), react("d", 1, "👍", by: ada), react("e", 2, "🎉", by: bob),
            react("f", 2, "🎉", by: bob, on: false), react("g", 2, "👀", by: bob),
        ])
        func page() -> [[Reaction]] {
            guard case .entries(let entries, _) = fixture.queries.answer(.page(.room("lobby"), before: 99, limit: 9))
            else {
                return []
            }
            return entries.map { $0.entry.details?.reactions ?? [] }
        }
        #expect(page() == [[Reaction(emoji: "👍", users: [bob, ada])], [Reaction(emoji: "👀", users: [bob])]])
        try fixture.put([change("h", 2, .deletion)])
        let count = "SELECT count(*) FROM reactions"
        #expect(try fixture.store.database.integer(count) == 2)
        // Retention deletes the oldest messages, and their reactions.
        try fixture.put([message("i"), message("j"), message("k")])
        try fixture.runMaintenance()
        #expect(try fixture.store.database.integer(count) == 0 && page() == [[], []])
    }

    @Test func privateChangesAreOfBothUsers() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([whisper("a", to: bob, text: "secret"), react("b", 1, "👍", by: bob), edit("c", 1, "plain")])
        func missed(_ user: UserID) -> [UInt64]? {
            numbers(fixture.queries.answer(.missed(user, rooms: [], after: 0, upTo: 9, limit: 9, atMost: 9)))
        }
        for _ in 0..<2 {
            for user in [ada, bob] {
                #expect(numbers(fixture.queries.answer(.page(.privates(user), before: 9, limit: 9))) == [1])
                #expect(missed(user) == [1, 2, 3])
            }
            #expect(missed(cleo) == [])
            try fixture.runMaintenance()
        }
        // The edit of a deleted message is nothing any more.
        try fixture.put([change("d", 1, .deletion)])
        #expect(missed(bob) == [2, 4])
    }

    @Test func topicsOutliveRetention() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepMessages: 1))
        let topic = RoomTopic(room: "lobby", title: "T", topic: "", user: ada, id: "t", from: "Ada", at: 5)
        #expect(seqs(try fixture.put([.topic(topic), .topic(topic), message("a"), message("b")])) == [1, -1, 2, 3])
        guard
            case .entries(let missed, false) = fixture.queries.answer(
                .missed(ada, rooms: ["lobby"], after: 0, upTo: 1, limit: 9, atMost: 9))
        else {
            Issue.record("no entries")
            return
        }
        #expect(missed == [Committed(seq: 1, entry: .topic(topic))])
        try fixture.runMaintenance()
        #expect(try fixture.store.snapshot().topics == [topic])
        var none = topic
        (none.title, none.id) = ("", "u")
        try fixture.put([.topic(none)])
        #expect(try fixture.store.snapshot().topics == [])
    }

    @Test func readPositionsOnlyGrow() throws {
        let fixture = try LedgerFixture(settings)
        func read(_ upTo: UInt64, _ place: ReadPosition.Place = .room("lobby")) -> Entry {
            .read(ReadPosition(user: ada, place: place, upTo: upTo))
        }
        func positions(after seq: UInt64 = 0) -> [UInt64]? {
            numbers(fixture.queries.answer(.positions(ada, after: seq)))
        }
        try fixture.put([claim("Ada")])
        #expect(seqs(try fixture.put([read(5), read(4), read(5), read(6), read(1, .with(bob))])) == [2, 0, 0, 3, 4])
        #expect(positions() == [3, 4] && positions(after: 3) == [4] && positions(after: 4) == [])
        // The number of a position is used, though no row of events has it.
        let again = try LedgerFixture(settings)
        #expect(try again.store.snapshot().seq == 4 && again.store.snapshot().newestRead == 4)
        try again.put((0..<250).map { read(1, .with(UserID(1_000 + $0))) })
        #expect(positions()?.count == ChatLimits.positionsOfUser)
        try again.put([.release(ada)])
        #expect(positions() == [])
    }

    @Test func aMessageKeepsWhatItHasBesidesItsText() throws {
        let fixture = try LedgerFixture(settings)
        let details = MessageDetails(reply: 1, mentions: [bob, ada], mentionsAll: true)
        var entry = message("b")
        entry.details = details
        try fixture.put([message("a"), entry])
        guard case .entries(let entries, _) = fixture.queries.answer(.page(.room("lobby"), before: 9, limit: 9)) else {
            Issue.record("no entries")
            return
        }
        #expect(entries.last?.entry.details == details)
    }
}
