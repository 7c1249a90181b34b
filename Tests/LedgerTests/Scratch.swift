// What the tests of this room share: a folder for a file, messages, and all that comes out of a ledger.

import Chat
import FoundationEssentials
import Glibc
import Ledger
import Testing

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

func message(_ id: String, from: String = "Ada", room: String = "lobby", text: String = "hi", at: Int64 = 1) -> Entry {
    .message(Message(id: id, room: room, from: from, text: text, at: at))
}

/// Waits on the ledger's descriptor until so many outcomes have come.
func outcomes(of ledger: SQLiteLedger, _ count: Int) throws -> [Outcome] {
    let descriptor = try #require(ledger.descriptor)
    var outcomes: [Outcome] = []
    while outcomes.count < count {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(unsafe poll(&event, 1, 10_000) == 1, "nothing came")
        ledger.takeOutcomes { outcomes.append($0) }
    }
    return outcomes
}
