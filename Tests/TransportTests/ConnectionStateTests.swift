// What the version before the rooms has written at a planned restart: an upgrade from it keeps every connection.

import FoundationEssentials
import Handover
import StateCoding
import Testing

@testable import Transport

@Suite struct ConnectionStateTests {
    /// Five open WebSockets with compression, and a request of which two lines have come.
    private let released = """
        wwE6yBRMU4NcKvBn4auZ+Gei/33tf5UHrSbmappqinoPY2hhdHJlbGF5IHN0YXRlAgEIMWFlOWIyZTUGAAEBAAAAAAABAAAAAQEAAAHoB/oHAA
        ECbjAAAQIBAAAAAAABAAAAAQEAAAHoB/YHAAECbjEAAgMBAAAAAAABAAAAAQEAAAHoB/QHAAECbjIAAwQBAAAAAAABAAAAAQEAAAHoB/IHAAEC
        bjMABAUBAAAAAAABAAAAAQEAAAHoB+4HAAECbjQABQYAG0dFVCAvd3MgSFRUUC8xLjENCkhvc3Q6IGENCgDoB+gHAAAAAAEFbG9iYnkKAQAFAA
        EBAAAAAAAAAQVsb2JieQIAAAEBAgAAAAAAAAEFbG9iYnkCAAACAQMAAAAAAAABBWxvYmJ5AgAAAwEEAAAAAAAAAQVsb2JieQIAAAQBBQAAAAAA
        AAEFbG9iYnkCAAAFAKaUAQGqlAECrJQBA66UAQSylAEA
        """

    @Test func connectionsOfTheReleasedVersionAreReadAndWrittenAlike() throws {
        let bytes = try #require(Data(base64Encoded: String(released.filter { !$0.isWhitespace })))
        var (head, reader) = try RestartState.open(Array(bytes))
        #expect(head.version == 2 && head.epoch == 1 && head.ledger.count == 8)
        let now: Int64 = 1_000_000
        var states: [ConnectionState] = []
        try reader.each { (reader) throws(StateError) in
            states.append(try ConnectionState(from: &reader, at: now))
        }
        #expect(states.map(\.isOpen) == [true, true, true, true, true, false])
        #expect(states.map(\.connection.name) == ["n0", "n1", "n2", "n3", "n4", nil])
        let again = RestartState.bytes(head) { writer in
            writer.write(each: states) { writer, state in
                state.connection.write(to: &writer, slot: state.slot, outbox: state.outbox, at: now)
            }
        }
        // Behind the digest, up to where the chat's state begins.
        #expect(again.count > 200 && Array(bytes)[32...].starts(with: again[32...]))
    }
}
