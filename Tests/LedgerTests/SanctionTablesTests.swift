import Chat
import Primitives
import SQLite
import Testing

@testable import Ledger

@Suite struct SanctionTablesTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private var settings: LedgerSettings { LedgerSettings(path: scratch.path) }

    private func sanction(_ subject: Sanction.Subject, _ name: String, until: Int64? = nil) -> Sanction {
        Sanction(subject: subject, name: name, until: until, reason: until == nil ? nil : "Why", since: 7)
    }

    private func deletion(_ seq: UInt64, room: String = "lobby") -> Entry {
        .deletion(Deletion(message: seq, audience: .room(room)))
    }

    private func deletion(_ seq: UInt64, _ one: UserID, _ other: UserID) -> Entry {
        .deletion(Deletion(message: seq, audience: .between(one, other, from: "Ada", to: "Bob")))
    }

    @Test func sanctionsAreWhatTheirEntriesAddUpTo() throws {
        let network = IPNetwork(IPAddress(high: .max << 32, low: 1 << 63))
        let all = [
            sanction(.name("ada"), "Ａda", until: .max), sanction(.user(ada), "Ada"),
            sanction(.network(network), network.description, until: 9_000_000_000_000), sanction(.mute(ada), "Ada"),
        ]
        let users = [claim("Ada"), claim("Bob")]
        try Bench(settings).put(users + all.map { .sanction($0) } + [.sanction(sanction(.user(bob), "Bob"))])
        let longer = sanction(.user(bob), "Bob", until: .max)
        try Bench(settings).put([.sanction(longer), .lift(.mute(ada)), .lift(.mute(bob))])
        let kept = try Bench(settings).store.snapshot().sanctions
        #expect(kept.count == 4 && (all.dropLast() + [longer]).allSatisfy(kept.contains))
    }

    @Test func thoseThatAreOverGoWithTheNext() throws {
        let bench = try Bench(settings)
        try bench.put([claim("Ada"), claim("Bob"), .sanction(sanction(.mute(ada), "Ada", until: 5))])
        #expect(try bench.store.snapshot().sanctions.count == 1)
        try bench.put([.sanction(sanction(.mute(bob), "Bob"))])
        #expect(try bench.store.snapshot().sanctions == [sanction(.mute(bob), "Bob")])
    }

    @Test func whoeverIsReleasedIsNobodyToBan() throws {
        let bench = try Bench(settings)
        try bench.put([
            claim("Ada"), .sanction(sanction(.mute(ada), "Ada")), .release(ada), .sanction(sanction(.user(ada), "Ada")),
        ])
        #expect(try bench.store.snapshot().sanctions == [])
    }

    @Test func aWithdrawnMessageIsNowhere() throws {
        let bench = try Bench(settings)
        try bench.put([message("a", text: "secret"), message("b", text: "plain")])
        try bench.keepHouse()
        #expect(bench.found("secret") == [1])
        let outcomes = try bench.put([deletion(1), message("c", text: "secret")])
        #expect(outcomes.first == .committed(Committed(seq: 3, entry: deletion(1)), from: nil))
        try bench.keepHouse()
        #expect(bench.found("secret") == [4])
        #expect(numbers(bench.queries.answer(.page(.room("lobby"), before: 9, limit: 9))) == [2, 4])
        #expect(try bench.store.database.integer("SELECT count(*) FROM events WHERE text = 'secret'") == 1)
        // The index is as sound as it was: FTS5 compares what it has with what it should have.
        try bench.store.database.execute("INSERT INTO texts (texts, rank) VALUES ('integrity-check', 0)")
        let snapshot = try bench.store.snapshot()
        #expect(snapshot.recent.map(\.seq) == [2, 3, 4] && snapshot.newestNotice == 3 && snapshot.recentAfter == 0)
    }

    @Test func itsIdStaysUsed() throws {
        let bench = try Bench(settings)
        try bench.put([message("a"), whisper("b", to: bob), deletion(1), deletion(2, ada, bob)])
        let again = try bench.put([message("a"), whisper("b", to: bob)])
        #expect(seqs(again) == [-1, -2])
        for case .repeated(let first, _) in again { #expect(first.entry.isDeleted) }
        for seq: UInt64 in [1, 2] {
            guard case .entries(let entries, false) = bench.queries.answer(.message(seq)) else {
                Issue.record("no answer")
                return
            }
            #expect(entries.first?.entry.isDeleted == true)
        }
        #expect(numbers(bench.queries.answer(.message(9))) == [])
    }

    @Test(arguments: [false, true]) func aPrivateOneIsGoneForBothAndTheyHearOfIt(isPlaced: Bool) throws {
        let bench = try Bench(settings)
        try bench.put([whisper("a", to: bob, text: "secret"), whisper("b", to: ada, text: "note")])
        if isPlaced { try bench.keepHouse() }
        try bench.put([deletion(1, ada, bob), deletion(2, ada, ada)])
        func missed(_ user: UserID) -> [UInt64]? {
            numbers(bench.queries.answer(.missed(user, rooms: [], after: 0, upTo: 9, limit: 9, atMost: 9)))
        }
        for _ in 0..<2 {
            for user in [ada, bob] {
                #expect(numbers(bench.queries.answer(.page(.privates(user), before: 9, limit: 9))) == [])
                #expect(numbers(bench.queries.answer(.page(.conversation(user, bob), before: 9, limit: 9))) == [])
                #expect(bench.found("secret", user) == [])
            }
            #expect(missed(ada) == [3, 4] && missed(bob) == [3] && missed(cleo) == [])
            try bench.keepHouse()
        }
        #expect(try bench.store.database.integer("SELECT count(*) FROM privates") == 3)
    }

    @Test func whoeverComesBackHearsOfWithdrawalsInItsRoomsAndOfAnnouncements() throws {
        let bench = try Bench(settings)
        let announcement = Entry.announcement(Announcement(text: "hello all", at: 5))
        try bench.put([
            message("a"), message("b", room: "attic"), deletion(1), deletion(2, room: "attic"), announcement,
        ])
        try bench.keepHouse()
        func missed(_ rooms: [String], after: UInt64, atMost: Int = 9) -> Answer {
            bench.queries.answer(.missed(ada, rooms: rooms, after: after, upTo: 9, limit: 9, atMost: atMost))
        }
        let told = Committed(seq: 5, entry: announcement)
        #expect(missed(["lobby"], after: 0) == .entries([Committed(seq: 3, entry: deletion(1)), told], more: false))
        #expect(missed([], after: 4) == .entries([told], more: false))
        #expect(missed([], after: 5) == .entries([], more: false))
        #expect(missed(["lobby"], after: 0, atMost: 1) == .tooMany && missed([], after: 0, atMost: 0) == .tooMany)
        #expect(try bench.store.snapshot().newestNotice == 5)
        #expect(bench.found("hello") == [])
    }

    @Test func oldTextIsOverwritten() throws {
        let bench = try Bench(settings)
        #expect(try bench.store.database.integer("PRAGMA secure_delete") == 1)
    }

    @Test func retentionCountsAndTakesThem() throws {
        let bench = try Bench(LedgerSettings(path: scratch.path, keepMessages: 2))
        try bench.put([
            message("a"), whisper("b", to: bob), message("c"), deletion(1), deletion(2, ada, bob),
            .announcement(Announcement(text: "x", at: 1)),
        ])
        #expect(try bench.keepHouse() == [])
        try bench.put([message("d"), message("e"), message("f")])
        // Of what is left, three have a text too many: the third message, the announcement, the fourth message.
        #expect(try bench.keepHouse() == [7])
        #expect(try bench.store.database.integer("SELECT count(*) FROM privates") == 0)
        #expect(try Bench(LedgerSettings(path: scratch.path, keepMessages: 2)).keepHouse() == [])
    }
}
