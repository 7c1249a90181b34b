// The register that a crashed process leaves, with any words in it.

import Linux
import WebSocket

@testable import Relay

struct Crash {
    private let register: Register
    private let slots: [Slot] = [0, 1]

    init() {
        do { register = try Register() } catch { preconditionFailure("\(error)") }
    }

    /// Each word of the input goes to a place that the byte before it names.
    func check(_ input: [UInt8]) throws {
        var bits = Bits(input)
        var used: [Int] = []
        while !bits.isEmpty {
            let place = place(bits.byte())
            register.words[place] = bits.word()
            used.append(place)
        }
        defer { for place in used { register.words[place] = 0 } }
        for (user, room) in register.departed(since: 0) {
            try expect(!room.isEmpty, "User \(user) has left a room without a name.")
        }
        for slot in slots {
            _ = register.isInDoubt(slot)
            guard let record = register.record(slot) else { continue }
            try expect(register.number(of: slot) != nil, "There is a record of no connection.")
            try expect(record.unwritten.count <= Register.unwrittenBytes, "More is unwritten than is kept.")
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
            word < Register.recordWords ? register.record(at: slot) + word : register.unwritten(Int(slot))
        case 1: Register.Header.epoch.rawValue + word % (Register.Header.allCases.count - 3)
        case 2: register.departure(choice & 7)
        default: word < 14 ? register.roomName(word % 2) + word / 2 % 5 : register.vouched(slot) + word % 17
        }
    }
}
