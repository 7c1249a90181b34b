import Chat
import Host
import Primitives
import SQLite
import Testing

@testable import Ledger

@Suite struct SanctionTablesTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }

    private func sanction(_ subject: Sanction.Subject, _ name: String, until: Int64? = nil) -> Sanction {
        Sanction(subject: subject, name: name, until: until, reason: until == nil ? nil : "Why", since: 7)
    }

    private func deletion(_ seq: UInt64, room: String = "lobby") -> Entry {
        .change(Change(message: seq, kind: .deletion))
    }

    private func deletion(_ seq: UInt64, _ one: UserID, _ other: UserID) -> Entry {
        .change(Change(message: seq, kind: .deletion))
    }

    /// The deletion of a message of the lobby as it comes out.
    private func stored(_ entry: Entry) -> Entry {
        guard case .change(var change) = entry else { return entry }
        change.audience = .room("lobby")
        return .change(change)
    }

    @Test func sanctionsAreWhatTheirEntriesAddUpTo() throws {
        let network = IPNetwork(IPAddress(high: .max << 32, low: 1 << 63))
        let all = [
            sanction(.name("ada"), "Ａda", until: .max), sanction(.user(ada), "Ada"),
            sanction(.network(network), network.description, until: 9_000_000_000_000), sanction(.mute(ada), "Ada"),
        ]
        let users = [claim("Ada"), claim("Bob")]
        try LedgerFixture(settings).put(users + all.map { .sanction($0) } + [.sanction(sanction(.user(bob), "Bob"))])
        let longer = sanction(.user(bob), "Bob", until: .max)
        try LedgerFixture(settings).put([.sanction(longer), .lift(.mute(ada)), .lift(.mute(bob))])
        let kept = try LedgerFixture(settings).store.snapshot().sanctions
        #expect(kept.count == 4 && (all.dropLast() + [longer]).allSatisfy(kept.contains))
    }

    @Test func anExpiredSanctionIsDeletedWithTheNextOne() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([claim("Ada"), claim("Bob"), .sanction(sanction(.mute(ada), "Ada", until: 5))])
        // Not while the clock can't be believed.
        try fixture.put([.sanction(sanction(.user(bob), "Bob")), .lift(.user(bob))])
        #expect(try fixture.store.snapshot().sanctions.count == 1)
        try fixture.runMaintenance()
        try fixture.put([.sanction(sanction(.mute(bob), "Bob"))])
        #expect(try fixture.store.snapshot().sanctions == [sanction(.mute(bob), "Bob")])
    }

    @Test func aReleasedUserHasNoSanctions() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([
            claim("Ada"), .sanction(sanction(.mute(ada), "Ada")), .release(ada), .sanction(sanction(.user(ada), "Ada")),
        ])
        #expect(try fixture.store.snapshot().sanctions == [])
    }

    @Test func aDeletedMessageIsNowhere() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a", text: "secret"), message("b", text: "plain")])
        try fixture.runMaintenance()
        #expect(fixture.found("secret") == [1])
        let outcomes = try fixture.put([deletion(1), message("c", text: "secret")])
        #expect(outcomes.first == .committed(Committed(seq: 3, entry: stored(deletion(1))), from: nil))
        try fixture.runMaintenance()
        #expect(fixture.found("secret") == [4])
        #expect(numbers(fixture.queries.answer(.page(.room("lobby"), before: 9, limit: 9))) == [2, 4])
        #expect(try fixture.store.database.integer("SELECT count(*) FROM events WHERE text = 'secret'") == 1)
        // FTS5 checks the index's own consistency.
        try fixture.store.database.execute("INSERT INTO texts (texts, rank) VALUES ('integrity-check', 0)")
        let snapshot = try fixture.store.snapshot()
        #expect(snapshot.recent.map(\.seq) == [2, 3, 4] && snapshot.newestNotice == 3 && snapshot.recentAfter == 0)
    }

    @Test func aDeletedMessagesIdStaysUsed() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a"), whisper("b", to: bob), deletion(1), deletion(2, ada, bob)])
        let again = try fixture.put([message("a"), whisper("b", to: bob)])
        #expect(seqs(again) == [-1, -2])
        for case .repeated(let first, _) in again { #expect(first.entry.isDeleted) }
    }

    @Test(arguments: [false, true]) func aDeletedPrivateMessageIsGoneForBothUsers(isIndexed: Bool) throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([whisper("a", to: bob, text: "secret"), whisper("b", to: ada, text: "note")])
        if isIndexed { try fixture.runMaintenance() }
        try fixture.put([deletion(1, ada, bob), deletion(2, ada, ada)])
        func missed(_ user: UserID) -> [UInt64]? {
            numbers(fixture.queries.answer(.missed(user, rooms: [], after: 0, upTo: 9, limit: 9, atMost: 9)))
        }
        for _ in 0..<2 {
            for user in [ada, bob] {
                #expect(numbers(fixture.queries.answer(.page(.privates(user), before: 9, limit: 9))) == [])
                #expect(numbers(fixture.queries.answer(.page(.conversation(user, bob), before: 9, limit: 9))) == [])
                #expect(fixture.found("secret", user) == [])
            }
            #expect(missed(ada) == [3, 4] && missed(bob) == [3] && missed(cleo) == [])
            try fixture.runMaintenance()
        }
        #expect(try fixture.store.database.integer("SELECT count(*) FROM privates") == 3)
    }

    @Test func catchUpHasTheDeletionsOfTheRoomsAndAllAnnouncements() throws {
        let fixture = try LedgerFixture(settings)
        let announcement = Entry.announcement(Announcement(text: "hello all", at: 5))
        try fixture.put([
            message("a"), message("b", room: "attic"), deletion(1), deletion(2, room: "attic"), announcement,
        ])
        try fixture.runMaintenance()
        func missed(_ rooms: [String], after: UInt64, atMost: Int = 9) -> Answer {
            fixture.queries.answer(.missed(ada, rooms: rooms, after: after, upTo: 9, limit: 9, atMost: atMost))
        }
        let announced = Committed(seq: 5, entry: announcement)
        #expect(
            missed(["lobby"], after: 0)
                == .entries([Committed(seq: 3, entry: stored(deletion(1))), announced], more: false))
        #expect(missed([], after: 4) == .entries([announced], more: false))
        #expect(missed([], after: 5) == .entries([], more: false))
        #expect(missed(["lobby"], after: 0, atMost: 1) == .tooMany && missed([], after: 0, atMost: 0) == .tooMany)
        #expect(try fixture.store.snapshot().newestNotice == 5)
        #expect(fixture.found("hello") == [])
    }

    @Test func oldTextIsOverwritten() throws {
        let fixture = try LedgerFixture(settings)
        #expect(try fixture.store.database.integer("PRAGMA secure_delete") == 1)
    }

    @Test func retentionCountsAndDeletesDeletions() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepMessages: 2))
        try fixture.put([
            message("a"), whisper("b", to: bob), message("c"), deletion(1), deletion(2, ada, bob),
            .announcement(Announcement(text: "x", at: 1)),
        ])
        #expect(try fixture.runMaintenance() == [])
        try fixture.put([message("d"), message("e"), message("f")])
        // Five texts are left, three too many: the third message, the announcement and the fourth message.
        #expect(try fixture.runMaintenance() == [7])
        #expect(try fixture.store.database.integer("SELECT count(*) FROM privates") == 0)
        #expect(try LedgerFixture(LedgerSettings(path: folder.ledger, keepMessages: 2)).runMaintenance() == [])
    }
}
