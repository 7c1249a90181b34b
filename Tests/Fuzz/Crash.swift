// The register that a crashed process leaves, with any words in it.

import Linux
import WebSocket

@testable import Handover

struct Crash {
    private let crashRecords: CrashRecords
    private let slots: [Slot] = [0, 1]

    init() {
        do { crashRecords = try CrashRecords() } catch { preconditionFailure("\(error)") }
    }

    /// Each word of the input goes to a place that the byte before it names.
    func check(_ input: [UInt8]) throws {
        var bits = Bits(input)
        var used: [Int] = []
        while !bits.isEmpty {
            let place = place(bits.byte())
            crashRecords.words[place] = bits.word()
            used.append(place)
        }
        defer { for place in used { crashRecords.words[place] = 0 } }
        for (user, room) in crashRecords.departures(since: 0) {
            try expect(!room.isEmpty, "User \(user) has left a room without a name.")
        }
        for slot in slots {
            _ = crashRecords.isInDoubt(slot)
            guard let record = crashRecords.record(slot) else { continue }
            try expect(crashRecords.number(of: slot) != nil, "There is a record of no connection.")
            try expect(record.unwritten.count <= CrashRecords.unwrittenBytes, "More is unwritten than is kept.")
            var endpoint = Endpoint(skipping: record.input)
            try expect(endpoint.position == record.input, "The endpoint stands elsewhere.")
            endpoint.receive(input.span) { _ in }
        }
    }

    /// The header behind what says which version it is, two slots, some departures, rooms and names.
    private func place(_ choice: UInt8) -> Int {
        let choice = Int(choice)
        let (slot, word) = (slots[choice & 1], choice >> 1 & 31)
        return switch choice >> 6 {
        case 0:
            word < CrashRecords.recordWords ? crashRecords.record(at: slot) + word : crashRecords.unwritten(Int(slot))
        case 1: CrashRecords.HeaderWord.epoch.rawValue + word % (CrashRecords.HeaderWord.allCases.count - 3)
        case 2: crashRecords.departure(choice & 7)
        default:
            word < 14
                ? crashRecords.roomName(word % 2) + word / 2 % 5 : crashRecords.authenticatedName(slot) + word % 17
        }
    }
}
