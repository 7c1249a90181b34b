// Each query against a naive model, over entries that are random but the same in every run.

import Chat
import SQLite
import Testing

@testable import Ledger

@Suite struct QueriesTests {
    private static let rooms = ["attic", "lobby", "yard"]
    private static let words = ["tea", "team", "coffee", "Café", "cake", "你好", "好", "x1"]
    /// The words as the index folds them: lower case, without accents, separate characters where the script has no spaces.
    private static let folded = [
        "tea": ["tea"], "team": ["team"], "coffee": ["coffee"], "Café": ["cafe"], "cake": ["cake"], "你好": ["你", "好"],
        "好": ["好"], "x1": ["x1"],
    ]

    private static func entries(_ count: Int, _ random: inout Seeded) -> [Entry] {
        (0..<count).map { index in
            let user = UserID(.random(in: 1...4, using: &random))
            let text = (0..<Int.random(in: 1...4, using: &random))
                .compactMap { _ in words.randomElement(using: &random) }.joined(separator: " ")
            switch Int.random(in: 0..<10, using: &random) {
            case 0: return .seen(user, at: 1)
            case 1...4:
                return whisper("\(index)", user, to: UserID(.random(in: 1...4, using: &random)), text: text)
            default:
                let room = rooms.randomElement(using: &random) ?? ""
                return message("\(index)", user, room: room, text: text)
            }
        }
    }

    /// A ledger of random entries, and the same entries in a list. Its indexes include all entries, or where `isBehind` all
    /// up to a random one.
    private static func made(
        _ random: inout Seeded, isBehind: Bool = true
    ) throws -> (fixture: LedgerFixture, all: [Committed]) {
        let fixture = try LedgerFixture()
        let entries = entries(500, &random)
        let behind = isBehind ? Int.random(in: 0...500, using: &random) : 500
        try fixture.put(Array(entries[..<behind]))
        try fixture.runMaintenance()
        try fixture.put(Array(entries[behind...]))
        return (fixture, entries.enumerated().map { Committed(seq: UInt64($0 + 1), entry: $1) })
    }

    private static func isIn(_ entry: Entry, _ place: Query.Source) -> Bool {
        switch (entry, place) {
        case (.message(let message), .room(let room)): message.room == room
        case (.private(let message), .conversation(let user, let peer)):
            message.user == user && message.peer == peer || message.user == peer && message.peer == user
        case (.private(let message), .privates(let user)): message.user == user || message.peer == user
        default: false
        }
    }

    private static func isFor(_ entry: Entry, _ user: UserID, _ rooms: [String]) -> Bool {
        isIn(entry, .privates(user)) || rooms.contains { isIn(entry, .room($0)) }
    }

    @Test(arguments: 0..<4) func pages(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let (fixture, all) = try Self.made(&random)
        for _ in 0..<300 {
            let user = UserID(.random(in: 1...5, using: &random))
            let peer = UserID(.random(in: 1...5, using: &random))
            let place =
                switch Int.random(in: 0..<3, using: &random) {
                case 0: Query.Source.room(Self.rooms.randomElement(using: &random) ?? "")
                case 1: Query.Source.conversation(user, peer)
                default: Query.Source.privates(user)
                }
            let before = [UInt64.random(in: 0...510, using: &random), .max].randomElement(using: &random) ?? 0
            let limit = Int.random(in: 1...100, using: &random)
            let matching = all.filter { $0.seq < before && Self.isIn($0.entry, place) }
            let expected = Answer.entries(matching.suffix(limit), more: matching.count > limit)
            #expect(fixture.queries.answer(.page(place, before: before, limit: limit)) == expected)
        }
    }

    @Test(arguments: 0..<4) func whatWasMissed(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let (fixture, all) = try Self.made(&random)
        for _ in 0..<300 {
            let user = UserID(.random(in: 1...5, using: &random))
            let rooms = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
                Self.rooms.randomElement(using: &random)
            }
            let after = UInt64.random(in: 0...510, using: &random)
            let upTo = [UInt64.random(in: 0...510, using: &random), .max].randomElement(using: &random) ?? 0
            let limit = Int.random(in: 1...100, using: &random)
            let matching = all.filter { $0.seq > after && $0.seq <= upTo && Self.isFor($0.entry, user, rooms) }
            let atMost = max(0, matching.count + Int.random(in: -3...3, using: &random))
            let query = Query.missed(user, rooms: rooms, after: after, upTo: upTo, limit: limit, atMost: atMost)
            let expected = Answer.entries(Array(matching.prefix(limit)), more: matching.count > limit)
            #expect(fixture.queries.answer(query) == (matching.count > atMost ? .tooMany : expected))
        }
    }

    /// Whether the text has the word as a phrase; the last word may also be a prefix.
    private static func has(_ text: String, _ word: String, isLast: Bool) -> Bool {
        let tokens = text.split(separator: " ").flatMap { folded[String($0)] ?? [] }
        let phrase = folded[word] ?? [word]
        return tokens.indices.contains { start in
            phrase.enumerated().allSatisfy { offset, token in
                guard start + offset < tokens.count else { return false }
                let isBeginning = isLast && offset == phrase.count - 1
                return isBeginning ? tokens[start + offset].hasPrefix(token) : tokens[start + offset] == token
            }
        }
    }

    @Test(arguments: 0..<4) func searches(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let (fixture, all) = try Self.made(&random, isBehind: false)
        for _ in 0..<300 {
            let user = UserID(.random(in: 1...5, using: &random))
            let peer = UserID(.random(in: 1...5, using: &random))
            let rooms = Self.rooms.filter { _ in Bool.random(using: &random) }
            let words = (0..<Int.random(in: 1...2, using: &random)).compactMap { _ in
                (Self.words + ["te", "co", "caf"]).randomElement(using: &random)
            }
            let privates: Query.Privates = [.none, .all, .with(peer)].randomElement(using: &random) ?? .none
            let before = [UInt64.random(in: 0...510, using: &random), .max].randomElement(using: &random) ?? 0
            let limit = Int.random(in: 1...50, using: &random)
            let matching = all.filter { committed in
                let isSeen =
                    switch privates {
                    case .none: Self.isFor(committed.entry, UserID(99), rooms)
                    case .all: Self.isFor(committed.entry, user, rooms)
                    case .with(let peer):
                        Self.isIn(committed.entry, .conversation(user, peer))
                            || Self.isFor(committed.entry, UserID(99), rooms)
                    }
                return isSeen && committed.seq < before
                    && words.enumerated().allSatisfy { index, word in
                        Self.has(Row.text(of: committed.entry) ?? "", word, isLast: index == words.count - 1)
                    }
            }
            let query = Query.search(
                words.joined(separator: " "), user, rooms: rooms, privates: privates, before: before, limit: limit)
            let expected = Answer.entries(matching.reversed().prefix(limit) + [], more: matching.count > limit)
            #expect(fixture.queries.answer(query) == expected, "\(words)")
        }
    }

    @Test func aPageIsBoundedInBytesButGivesOne() throws {
        let fixture = try LedgerFixture()
        let third = String(repeating: "x", count: ChatLimits.pageBytes / 3)
        try fixture.put((1...5).map { message("\($0)", text: third) })
        try fixture.put([message("big", room: "attic", text: String(repeating: "x", count: ChatLimits.pageBytes + 1))])
        func answered(_ query: Query) -> [UInt64]? {
            guard case .entries(let entries, more: true) = fixture.queries.answer(query) else { return nil }
            return entries.map(\.seq)
        }
        #expect(answered(.page(.room("lobby"), before: .max, limit: 50)) == [3, 4, 5])
        #expect(answered(.missed(ada, rooms: ["lobby"], after: 0, upTo: .max, limit: 50, atMost: 50)) == [1, 2, 3])
        #expect(numbers(fixture.queries.answer(.page(.room("attic"), before: .max, limit: 50))) == [6])
    }

    @Test(arguments: [
        ("你好", true), ("好", true), ("好你", false), ("CAFE", true), ("cafe\u{301}", true), ("กิน", true), ("กัน", false),
        ("학교", true), ("カラオケ", true), ("ᄀ", false), ("crème brûl", true), ("brulee creme", true), ("lee", false),
        ("\"cafe\" OR zebra", false), ("cafe AND", false), ("text:cafe", false), ("caf*", true), ("-cafe", true),
        ("\0cafe", true),
        ("cafe 👍", true), ("𞤀", false),
    ])
    func isFound(words: String, isFound: Bool) throws {
        let fixture = try LedgerFixture()
        try fixture.put([message("a", text: "Café 世界你好, ไปกินข้าว 학교에서 カラオケ; Crème brûlée!")])
        try fixture.runMaintenance()
        #expect(fixture.found(words) == (isFound ? [1] : []))
    }

    @Test func nothingIsFoundWithoutALetterOrDigit() throws {
        let fixture = try LedgerFixture()
        try fixture.put([message("a", text: "!!! 👍")])
        try fixture.runMaintenance()
        #expect(fixture.found("!!!") == [] && fixture.found("👍") == [] && fixture.found("") == [])
    }

    @Test func aLongQueryIsCancelledAndTheNextIsAnswered() throws {
        let fixture = try LedgerFixture()
        try fixture.put((1...2_000).map { message("\($0)", text: "the same words") })
        try fixture.runMaintenance()
        let long = Query.missed(bob, rooms: ["lobby"], after: 0, upTo: .max, limit: 50, atMost: 10_000)
        guard case .failed(let reason) = fixture.queries.answer(long, within: -1) else {
            Issue.record("it was answered")
            return
        }
        #expect(reason.contains("longer than"))
        // A commit on the same connection has no such limit.
        #expect(try fixture.put((1...2_000).map { message("after \($0)") }).count == 2_000)
        let search = Query.search("same words", bob, rooms: [], privates: .all, before: .max, limit: 50)
        #expect(fixture.queries.answer(search) == .entries([], more: false))
    }

    /// A search whose time is over says how far it has come, and comes further with each part.
    @Test func aSearchWithoutTimeIsAnsweredInParts() throws {
        let fixture = try LedgerFixture()
        try fixture.put(
            (1...12_000).map { number in
                // The other room has so many that the index takes too long.
                number % 2 == 1
                    ? message("\(number)", room: "attic", text: "the needle")
                    : message("\(number)", text: number % 2_000 == 0 ? "the needle" : "the same words")
            })
        try fixture.runMaintenance()
        var before = UInt64.max
        var found: [UInt64] = []
        var parts = 0
        search: while parts < 100 {
            let query = Query.search("the needle", ada, rooms: ["lobby"], privates: .all, before: before, limit: 50)
            switch fixture.queries.answer(query, within: -1) {
            case .part(let entries, let end):
                #expect(end < before && entries.allSatisfy { $0.seq >= end })
                found += entries.map(\.seq)
                before = end
            case .entries(let entries, more: false):
                found += entries.map(\.seq)
                break search
            case let other:
                Issue.record("\(other)")
                break search
            }
            parts += 1
        }
        #expect(found == (1...6).reversed().map { UInt64($0 * 2_000) } && parts > 2)
    }

    /// The newest matches of a word that is in every message need no index.
    @Test func aCommonWordIsFoundInTheNewestMessages() throws {
        let fixture = try LedgerFixture()
        try fixture.put((1...2_000).map { message("\($0)", text: "the same words") })
        // Nothing is indexed: there was no maintenance.
        let query = Query.search("the", ada, rooms: ["lobby"], privates: .all, before: 1_500, limit: 50)
        guard case .entries(let entries, more: true) = fixture.queries.answer(query) else {
            Issue.record("not found")
            return
        }
        #expect(entries.map(\.seq) == (1_450..<1_500).reversed())
    }

    @Test func aQueryThatCannotBeReadFailsWithASentence() throws {
        let fixture = try LedgerFixture()
        try fixture.put([message("a")])
        try fixture.store.database.execute("ALTER TABLE events RENAME TO away")
        guard case .failed(let reason) = fixture.queries.answer(.page(.room("lobby"), before: 9, limit: 9)) else {
            Issue.record("it was answered")
            return
        }
        #expect(reason.contains("The ledger in memory can't be used"))
        try fixture.store.database.execute("ALTER TABLE away RENAME TO events")
        #expect(numbers(fixture.queries.answer(.page(.room("lobby"), before: 9, limit: 9))) == [1])
    }
}
