import FoundationEssentials
import Testing

@testable import Monitoring

@Suite struct JournalRecordTests {
    @Test func eachRecordIsInTheCatalog() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(root)/systemd/chatrelay.catalog"))
        let catalog = String(decoding: data, as: UTF8.self)
        let entries = catalog.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(Set(entries) == Set(JournalRecord.Kind.allCases.map(\.rawValue)))
        #expect(entries.count == Set(entries).count)
        for id in entries { #expect(id.count == 32 && id.allSatisfy { "0123456789abcdef".contains($0) }) }
    }
}

@Suite struct LogRateLimiterTests {
    private let record = JournalRecord(.idle, "A client.")

    /// - Returns: how many of them passed.
    private func flood(_ limiter: inout LogRateLimiter, _ count: Int, at now: Int64) -> Int {
        var passed = 0
        for _ in 0..<count where limiter.pass(record, at: now) != nil { passed += 1 }
        return passed
    }

    @Test func aBurstAndThenTheRateAndTheNextRecordSaysHowManyWereSuppressed() {
        var limiter = LogRateLimiter()
        #expect(flood(&limiter, 60, at: 1_000) == 50)
        #expect(limiter.pass(record, at: 1_019) == nil)
        #expect(limiter.pass(record, at: 1_020) == 11)
        #expect(limiter.pass(record, at: 1_040) == 0)
        #expect(limiter.takeSuppressed(at: 99_000) == nil, "it was said")
    }

    @Test func withoutANextRecordItIsSaidAfterAWhile() throws {
        var limiter = LogRateLimiter()
        #expect(flood(&limiter, 60, at: 1_000) == 50)
        #expect(limiter.takeSuppressed(at: 5_999) == nil)
        let held = limiter.takeSuppressed(at: 6_000)
        let told = try #require(held)
        #expect(told.kind == .suppressed && told.message.contains("10 more") && told.message.hasSuffix("A client."))
        #expect(told.fields.contains { $0 == ("HELD_BACK", "10") })
        #expect(told.fields.contains { $0 == ("HELD_BACK_ID", JournalRecord.Kind.idle.rawValue) })
        #expect(limiter.takeSuppressed(at: 99_000) == nil, "once")
        #expect(limiter.pass(record, at: 99_000) == 0)
    }
}
