import FoundationEssentials
import Testing

@testable import Relay

@Suite struct RecordTests {
    @Test func eachRecordIsInTheCatalog() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(root)/systemd/chatrelay.catalog"))
        let catalog = String(decoding: data, as: UTF8.self)
        let entries = catalog.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(Set(entries) == Set(Record.Kind.allCases.map(\.rawValue)))
        #expect(entries.count == Set(entries).count)
        for id in entries { #expect(id.count == 32 && id.allSatisfy { "0123456789abcdef".contains($0) }) }
    }
}

@Suite struct FiguresTests {
    @Test func theStatusLineCountsMessagesSinceTheLastOne() {
        var figures = Figures()
        _ = figures.statusLine(connections: 0, users: 0, rooms: 1, at: 1_000)
        figures.messages = 7
        #expect(
            figures.statusLine(connections: 1, users: 2, rooms: 1, at: 3_000)
                == "1 connection, 2 users, 1 room, 3.5 messages a second")
        figures.trouble = "The disk is full."
        #expect(
            figures.statusLine(connections: 1, users: 2, rooms: 1, at: 4_000)
                == "1 connection, 2 users, 1 room, 0.0 messages a second. The disk is full.")
        figures.trouble = nil
        figures.messages += 40
        #expect(
            figures.statusLine(connections: 0, users: 0, rooms: 0, at: 5_000)
                == "0 connections, 0 users, 0 rooms, 40 messages a second")
    }
}

@Suite struct DeadlinesTests {
    @Test func onlyTheOverdueComeOutAndEachOnce() {
        var deadlines = Deadlines()
        deadlines.add(3, 1, due: 10)
        deadlines.add(4, 2, due: 20)
        #expect(deadlines.nextOverdue(at: 9) == nil)
        let first = deadlines.nextOverdue(at: 10)
        #expect(first?.slot == 3 && first?.generation == 1)
        #expect(deadlines.nextOverdue(at: 19) == nil)
        #expect(deadlines.nextOverdue(at: 21)?.slot == 4)
        #expect(deadlines.nextOverdue(at: 99) == nil)
    }
}
