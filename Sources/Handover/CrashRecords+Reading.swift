// What the next process reads in the crash records. The process before may have crashed because its memory was damaged: every
// value is checked.

package import Chat
package import Linux
package import Primitives
package import WebSocket

extension CrashRecords {
    /// A connection as it was when the process before ended.
    package struct ConnectionRecord {
        package let phase: RecordedPhase
        package let input: Endpoint.Position
        package let user: UserID?
        package let rooms: [String]
        package let address: IPAddress?
        package let authenticatedName: String?
        package let unwritten: [UInt8]
    }

    /// The number of the connection that had the slot, or nil.
    package func number(of slot: Slot) -> UInt64? {
        guard holds(slot) else { return nil }
        let number = self[slot, .number]
        return number == 0 ? nil : number
    }

    /// The slot's record, or nil where it can't be right.
    package func record(_ slot: Slot) -> ConnectionRecord? {
        guard number(of: slot) != nil,
            let phase = RecordedPhase(rawValue: UInt8(truncatingIfNeeded: self[slot, .phase])),
            let input = Endpoint.Position((self[slot, .inputHigh], self[slot, .inputLow])),
            words[self.unwritten(Int(slot))] <= CrashRecords.unwrittenBytes,
            let unwritten = words.read(Int(words[self.unwritten(Int(slot))]), behind: area(of: slot))
        else { return nil }
        let address = IPAddress(high: self[slot, .addressHigh], low: self[slot, .addressLow])
        return ConnectionRecord(
            phase: phase, input: input, user: self[slot, .user] == 0 ? nil : UserID(self[slot, .user]),
            rooms: roomNumbers(slot).compactMap {
                $0 == 0 ? nil : text(at: roomName(Int($0) - 1), CrashRecords.roomNameWords)
            },
            address: address == .unspecified ? nil : address,
            authenticatedName: text(at: authenticatedName(slot), CrashRecords.userNameWords), unwritten: unwritten)
    }

    /// All slots that have a connection, or a session of Socket.IO.
    package var slotsInUse: [Slot] {
        (0..<Slot(min(self[.slotsUsed], UInt64(CrashRecords.slots)))).filter { number(of: $0) != nil }
    }

    /// Whether a read or a write of the slot was under way, or it is not known how much of a write went out.
    package func isInDoubt(_ slot: Slot) -> Bool {
        let mark = UInt64(slot) + 1
        return self[.reading] == mark || self[.writing] == mark
            || words[unwritten(Int(slot))] == ConnectionPoller.WriteMarker.unknown
    }

    /// The users whose connections ended since a time, and the rooms that they were in.
    /// - Parameter time: milliseconds since 1970.
    package func departures(since time: Int64) -> [(user: UserID, room: String)] {
        (0..<Int(min(self[.departures], UInt64(CrashRecords.departures)))).compactMap { index in
            let (user, word) = (words[departure(index)], words[departure(index) + 1])
            guard word >> 48 != 0, Int64(word & 0xffff_ffff_ffff) >= time,
                let room = text(at: roomName(Int(word >> 48) - 1), CrashRecords.roomNameWords)
            else { return nil }
            return (UserID(user), room)
        }
    }

    /// A text of at most so many words, its length in the first byte.
    private func text(at place: Int, _ most: Int) -> String? {
        let count = Int(words[place] & 0xff)
        guard count > 0, count < most * 8 else { return nil }
        return String(validating: words.load(count + 1, at: place).dropFirst(), as: UTF8.self)
    }
}
