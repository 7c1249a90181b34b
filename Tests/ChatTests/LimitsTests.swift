// The limits against each other, and against the defaults.

import Testing

@testable import Chat

@Suite struct LimitsTests {
    @Test func defaultsAreWithinTheLimits() {
        let settings = ChatSettings()
        #expect(ChatLimits.textBytes.contains(settings.textBytes))
        #expect(ChatLimits.rate.contains(settings.rate))
        #expect(ChatLimits.burst.contains(settings.burst))
        #expect(ChatLimits.configuredRooms.contains(settings.rooms.count))
        #expect(settings.rooms.allSatisfy { RoomName($0) != nil })
    }

    @Test func limitsFitEachOther() throws {
        // One answer lists all configured rooms, unless users make rooms with lower names.
        #expect(ChatLimits.configuredRooms.upperBound <= ChatLimits.roomsListed)
        #expect(ChatLimits.roomsListed <= ChatLimits.rooms)
        #expect(ChatLimits.roomsOfSession <= ChatLimits.roomsOfClient)
        #expect(ChatLimits.roomsOfClient <= ChatLimits.rooms / 4)
        // A number fits behind two of the longest words.
        let word = try #require((NameWords.adjectives + NameWords.animals).map(\.count).max())
        #expect(word + 1 + word + "-999999999".count <= ChatLimits.nameCharacters)
        // Characters of four bytes can fill a name, and numbers can be put behind one.
        #expect(ChatLimits.nameCharacters * 4 <= ChatLimits.nameBytes)
        #expect(String(ChatLimits.proposalRandomNumbers.upperBound).count < ChatLimits.nameCharacters)
        #expect(ChatLimits.proposalNumbers.upperBound < ChatLimits.proposalRandomNumbers.lowerBound)
        // Numbers of sessions and microseconds don't overflow: the fullest bucket, ten thousand years from now.
        #expect(ChatLimits.refusedBursts * ChatLimits.burst.upperBound < Int(Int32.max))
        let years = Int64(10_000 * 366 * 86_400) * 1_000_000
        #expect(!years.addingReportingOverflow(Int64(ChatLimits.burst.upperBound) * 1_000_000).overflow)
        // What is sent before a session reads fits the smallest outbox twice, and each room's smallest answer fits a page.
        #expect(ChatLimits.uncountedBytes * ChatLimits.roomsOfSession <= ChatLimits.pageBytes)
        #expect(ChatLimits.frameBytes < ChatLimits.pageBytes && ChatLimits.pageBytes <= ChatLimits.roomHistoryBytes)
        #expect(ChatLimits.roomHistoryBytes * ChatLimits.configuredRooms.upperBound <= ChatLimits.historyBytes)
        // A client can tell which id or room is refused, if it is not far too long.
        #expect(max(ChatLimits.messageIDBytes, ChatLimits.roomNameBytes, ChatLimits.nameBytes) < ChatLimits.echoBytes)
    }
}
