import StateCoding
import Testing

@testable import Chat

@Suite struct WrittenSessionTests {
    /// A catch-up has refusals of every context.
    @Test func refusalsAreReadAsTheyAreWritten() throws {
        let room = try #require(RoomName("attic"))
        var refusals = [
            Refusal.noSuchRoom(room, canBeMade: true), .nameTaken(try UserName("Ada"), proposal: try UserName("Ada2")),
            .rateLimited(retry: 5, about: .message(try #require(MessageID("a-1")))),
            .noSuchUser(try UserName("Eve"), about: .user(try UserName("Eve"))),
        ]
        refusals[0].until = 7
        var writer = StateWriter()
        CatchUp(position: 9, isNew: true, gap: true, refusals: refusals).write(to: &writer)
        var reader = StateReader(writer.bytes)
        let read = try CatchUp(from: &reader)
        #expect(read.position == 9 && read.isNew && read.gap && read.refusals == refusals && reader.isAtEnd)
    }
}
