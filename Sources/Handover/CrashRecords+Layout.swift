// The layout of the crash records, in words of 8 bytes:
//
//     header · for each slot: count of unwritten bytes · for each slot: its record · departures · names of rooms ·
//     for each slot: the user whom the proxy names
//
// Behind the words stand, for each slot, its unwritten bytes. There is room for more slots than there can be connections; pages
// that are never written take no memory.

internal import Chat
internal import Linux

extension CrashRecords {
    enum HeaderWord: Int, CaseIterable {
        case magic, version, slots, epoch, crashes, lastNumber, reading, writing, departures, ledger, ledgerSeq,
            slotsUsed
    }

    enum RecordWord: Int, CaseIterable {
        case number, phase, inputHigh, inputLow, user, addressHigh, addressLow, rooms
    }

    /// “chatrela” in ASCII.
    static let magic: UInt64 = 0x616c_6572_7461_6863
    static let headerWords = 64
    static let roomsWords = ChatLimits.roomsOfSession / 4
    static let recordWords = RecordWord.rooms.rawValue + roomsWords
    /// Rooms with higher numbers are not recorded: a room number takes 16 bits in a record.
    static let rooms = 65_535
    static let roomNameWords = 5
    static let userNameWords = 17
    /// The newest users who left, and from which rooms: more than usually fall into one grace period.
    static let departures = 1_024
    /// Bytes of an unwritten rest of a frame. With a longer one the connection is in doubt after a crash.
    static let unwrittenBytes = 131_072
    /// More than a process may have descriptors, mostly.
    static let slots = 262_144

    /// Words; a whole number of pages.
    package static let size: Int = {
        let names = rooms * roomNameWords + slots * userNameWords
        return (headerWords + slots * (1 + recordWords) + departures * 2 + names + 511) / 512 * 512
    }()

    subscript(field: HeaderWord) -> UInt64 {
        get { words[field.rawValue] }
        set { words[field.rawValue] = newValue }
    }

    subscript(slot: Slot, field: RecordWord) -> UInt64 {
        get { words[record(at: slot) + field.rawValue] }
        set { words[record(at: slot) + field.rawValue] = newValue }
    }

    /// Whether there is a record for the slot.
    func holds(_ slot: Slot) -> Bool { slot < CrashRecords.slots }

    func unwritten(_ slot: Int) -> Int { CrashRecords.headerWords + slot }
    func record(at slot: Slot) -> Int { unwritten(CrashRecords.slots) + Int(slot) * CrashRecords.recordWords }
    func departure(_ index: Int) -> Int { record(at: Slot(CrashRecords.slots)) + index * 2 }
    func roomName(_ room: Int) -> Int { departure(CrashRecords.departures) + room * CrashRecords.roomNameWords }
    func authenticatedName(_ slot: Slot) -> Int {
        roomName(CrashRecords.rooms) + Int(slot) * CrashRecords.userNameWords
    }

    /// The slot's unwritten bytes, counted from the end of the words.
    func area(of slot: Slot) -> Int { Int(slot) * CrashRecords.unwrittenBytes }

    /// The slot's rooms, each as its number + 1; 0 for a free place.
    func roomNumbers(_ slot: Slot) -> [UInt16] {
        (0..<ChatLimits.roomsOfSession).map { index in
            let word = words[record(at: slot) + RecordWord.rooms.rawValue + index / 4]
            return UInt16(truncatingIfNeeded: word >> UInt64(index % 4 * 16))
        }
    }
}
