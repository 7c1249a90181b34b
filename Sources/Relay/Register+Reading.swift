// What the next process reads in the register after a crash. Nothing in it is believed that can't be.

internal import Linux
internal import WebSocket

extension CrashRecords {
    /// A connection as it was when the process before ended.
    struct Record {
        let phase: Phase
        let input: Endpoint.Position
        let user: UInt64?
        let rooms: [String]
        let address: (high: UInt64, low: UInt64)?
        let authenticatedName: String?
        let unwritten: [UInt8]
    }

    /// Who has departed since a time, and from where.
    func departed(since time: Int64) -> [(user: UInt64, room: String)] {
        (0..<Int(min(self[.departures], UInt64(CrashRecords.departures)))).compactMap { index in
            let (user, word) = (words[departure(index)], words[departure(index) + 1])
            guard word >> 48 != 0, Int64(word & 0xffff_ffff_ffff) >= time,
                let room = text(at: roomName(Int(word >> 48) - 1), CrashRecords.roomNameWords)
            else { return nil }
            return (user, room)
        }
    }

    func number(of slot: Slot) -> UInt64? {
        guard holds(slot) else { return nil }
        let number = self[slot, .number]
        return number == 0 ? nil : number
    }

    /// Nothing where the record can't be right.
    func record(_ slot: Slot) -> Record? {
        guard number(of: slot) != nil,
            let phase = Phase(rawValue: UInt8(truncatingIfNeeded: self[slot, .phase])),
            let input = Endpoint.Position((self[slot, .inputHigh], self[slot, .inputLow])),
            words[self.unwritten(Int(slot))] <= CrashRecords.unwrittenBytes,
            let unwritten = words.read(Int(words[self.unwritten(Int(slot))]), behind: area(of: slot))
        else { return nil }
        let address = (self[slot, .addressHigh], self[slot, .addressLow])
        return Record(
            phase: phase, input: input, user: self[slot, .user] == 0 ? nil : self[slot, .user],
            rooms: roomNumbers(slot).compactMap {
                $0 == 0 ? nil : text(at: roomName(Int($0) - 1), CrashRecords.roomNameWords)
            },
            address: address == (0, 0) ? nil : address,
            authenticatedName: text(at: authenticatedName(slot), CrashRecords.userNameWords),
            unwritten: unwritten)
    }

    private func text(at place: Int, _ most: Int) -> String? {
        let count = Int(words[place] & 0xff)
        guard count > 0, count < most * 8 else { return nil }
        return String(validating: words.load(count + 1, at: place).dropFirst(), as: UTF8.self)
    }
}
