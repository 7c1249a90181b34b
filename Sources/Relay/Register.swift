// What the next process has to know of each connection when this one is killed: kept as it happens, in memory that the
// service manager keeps. A connection's contents are not here: they are asked for again, or sent again (PROTOCOL.md, “After
// a crash of the server”).
//
// The words: a header; then, of each slot, how much of a frame is unwritten; then its record; then the departures; then the
// rooms' names; then the names that the proxy vouches for. Behind the words stand, of each slot, those unwritten bytes. There
// is room for more slots than there will ever be, and what is never touched takes no memory.
//
// Here is what is written; CrashRecords+Reading.swift has what the next process reads.

internal import Chat
internal import Linux
internal import WebSocket

final class CrashRecords {
    enum Phase: UInt8 {
        /// Nothing of its request is read.
        case untouched = 1
        /// Something was said that the next process can't know of; or it is on its way out.
        case passing
        /// A WebSocket.
        case open
        /// The same, with permessage-deflate.
        case openCompressed
    }

    enum Header: Int, CaseIterable {
        case magic, version, slots, epoch, crashes, lastNumber, reading, writing, departures
    }

    enum Field: Int, CaseIterable {
        case number, phase, inputHigh, inputLow, user, addressHigh, addressLow, rooms
    }

    /// “chatrela” as a number.
    static let magic: UInt64 = 0x616c_6572_7461_6863
    /// Of all that stands in here. Another one can't be read.
    static let version: UInt64 = 1
    static let headerWords = 64
    static let roomsWords = ChatLimits.roomsOfSession / 4
    static let recordWords = Field.rooms.rawValue + roomsWords
    /// Rooms beyond so many are not noted: a number of a room has 16 bits.
    static let rooms = 65_535
    static let roomNameWords = 5
    static let userNameWords = 17
    /// Departures that are noted, the newest ones: more than usually fall into the grace that people have to come back.
    static let departures = 1_024
    /// The rest of a frame that is kept; of a longer one it is in doubt.
    static let unwrittenBytes = 131_072
    /// Slots: more than a process may have descriptors for, mostly.
    static let slots = 262_144

    let words: SharedMemory

    /// A new one.
    init() throws(SystemError) {
        words = try SharedMemory(name: "chatrelay", count: CrashRecords.size)
        self[.magic] = CrashRecords.magic
        self[.version] = CrashRecords.version
        self[.slots] = UInt64(CrashRecords.slots)
    }

    /// That of the process before, or nothing where it is of another version or damaged.
    init?(_ words: SharedMemory) {
        guard words.count == CrashRecords.size else { return nil }
        self.words = words
        guard self[.magic] == CrashRecords.magic, self[.version] == CrashRecords.version,
            self[.slots] == UInt64(CrashRecords.slots)
        else { return nil }
    }

    // MARK: the header

    subscript(field: Header) -> UInt64 {
        get { words[field.rawValue] }
        set { words[field.rawValue] = newValue }
    }

    /// Which state belongs to it: one that was written for another epoch is out of date.
    var epoch: UInt64 {
        get { self[.epoch] }
        set { self[.epoch] = newValue }
    }

    /// Crashes that connections have outlived.
    var crashes: UInt32 {
        get { UInt32(truncatingIfNeeded: self[.crashes]) }
        set { self[.crashes] = UInt64(newValue) }
    }

    /// The number of the newest connection.
    var lastNumber: UInt64 {
        get { self[.lastNumber] }
        set { self[.lastNumber] = newValue }
    }

    /// Where the crowd says what it writes: the slot that is being written to, and what is unwritten of each.
    var writeMarker: ConnectionPoller.WriteMarker {
        ConnectionPoller.WriteMarker(
            words: words, currentSlot: Header.writing.rawValue, unwritten: unwritten(0), capacity: CrashRecords.slots)
    }

    /// Nothing is being read or written any more: after this whoever was in doubt is no longer.
    func forgetUnderWay() { (self[.reading], self[.writing]) = (0, 0) }

    /// Whether a read or a write of the slot was under way, or it is not known how much went out.
    func isInDoubt(_ slot: Slot) -> Bool {
        let mark = UInt64(slot) + 1
        return self[.reading] == mark || self[.writing] == mark
            || words[unwritten(Int(slot))] == ConnectionPoller.WriteMarker.unknown
    }

    // MARK: a connection

    func holds(_ slot: Slot) -> Bool { slot < CrashRecords.slots }

    /// A connection has the slot from now on.
    func begin(_ slot: Slot, number: UInt64) {
        lastNumber = max(lastNumber, number)
        guard holds(slot) else { return }
        clearRecord(slot)
        self[slot, .phase] = UInt64(Phase.untouched.rawValue)
        self[slot, .number] = number
    }

    /// The connection has broken: its user may come back to its rooms for a while.
    /// - Parameter time: milliseconds since 1970.
    func depart(_ slot: Slot, at time: Int64) {
        guard holds(slot), self[slot, .user] != 0 else { return }
        for room in roomNumbers(slot) where room != 0 {
            let place = departure(Int(self[.departures] % UInt64(CrashRecords.departures)))
            words[place] = self[slot, .user]
            words[place + 1] = UInt64(room) << 48 | UInt64(time)
            self[.departures] += 1
        }
    }

    /// The slot is free.
    func end(_ slot: Slot) {
        guard holds(slot) else { return }
        self[slot, .number] = 0
        setUnwritten(slot, [])
    }

    func setPhase(_ slot: Slot, _ phase: Phase) {
        if holds(slot) { self[slot, .phase] = UInt64(phase.rawValue) }
    }

    /// Around everything that is done with what is read from a connection.
    func beginReading(_ slot: Slot) { self[.reading] = UInt64(slot) + 1 }

    func endReading() { self[.reading] = 0 }

    /// Where its input stands.
    func setInput(_ slot: Slot, _ position: Endpoint.Position) {
        guard holds(slot) else { return }
        (self[slot, .inputHigh], self[slot, .inputLow]) = position.words
    }

    /// It stands between two messages.
    func clearInput(_ slot: Slot) {
        guard holds(slot), self[slot, .inputHigh] | self[slot, .inputLow] != 0 else { return }
        (self[slot, .inputHigh], self[slot, .inputLow]) = (0, 0)
    }

    /// The connection is the user's; which rooms it is in is said next.
    func seat(_ slot: Slot, _ user: UInt64) {
        guard holds(slot) else { return }
        self[slot, .user] = user
        clearRooms(slot)
    }

    func setAddress(_ slot: Slot, high: UInt64, low: UInt64) {
        guard holds(slot) else { return }
        (self[slot, .addressHigh], self[slot, .addressLow]) = (high, low)
    }

    /// The name that the proxy vouches for.
    func setAuthenticatedName(_ slot: Slot, _ name: String?) {
        guard holds(slot) else { return }
        let place = authenticatedName(slot)
        guard let name else {
            // Most never had one: that is not to take memory.
            if words[place] != 0 { words[place] = 0 }
            return
        }
        let bytes = Array(name.utf8.prefix(CrashRecords.userNameWords * 8 - 1))
        words.store([UInt8(bytes.count)] + bytes, at: place)
    }

    func enter(_ slot: Slot, _ room: UInt32, name: String) {
        guard holds(slot), Int(room) < CrashRecords.rooms else { return }
        let bytes = Array(name.utf8)
        guard bytes.count < CrashRecords.roomNameWords * 8 else { return }
        words.store([UInt8(bytes.count)] + bytes, at: roomName(Int(room)))
        if !roomNumbers(slot).contains(UInt16(room) + 1) { replace(slot, 0, by: UInt16(room) + 1) }
    }

    func clearRooms(_ slot: Slot) {
        guard holds(slot) else { return }
        for index in 0..<CrashRecords.roomsWords { words[record(at: slot) + Field.rooms.rawValue + index] = 0 }
    }

    func exit(_ slot: Slot, _ room: UInt32) {
        guard holds(slot), Int(room) < CrashRecords.rooms else { return }
        replace(slot, UInt16(room) + 1, by: 0)
    }

    /// The bytes of a frame whose beginning went out; none between two frames.
    func setUnwritten(_ slot: Slot, _ bytes: ArraySlice<UInt8>) {
        guard holds(slot) else { return }
        let place = unwritten(Int(slot))
        guard bytes.count <= CrashRecords.unwrittenBytes else {
            words[place] = ConnectionPoller.WriteMarker.unknown
            return
        }
        if bytes.isEmpty {
            guard words[place] != 0 else { return }
            words.clear(CrashRecords.unwrittenBytes, behind: area(of: slot))
        } else {
            guard words.write(bytes, behind: area(of: slot)) else {
                return words[place] = ConnectionPoller.WriteMarker.unknown
            }
        }
        words[place] = UInt64(bytes.count)
    }

    // MARK: places

    subscript(slot: Slot, field: Field) -> UInt64 {
        get { words[record(at: slot) + field.rawValue] }
        set { words[record(at: slot) + field.rawValue] = newValue }
    }

    func unwritten(_ slot: Int) -> Int { CrashRecords.headerWords + slot }
    func record(at slot: Slot) -> Int { unwritten(CrashRecords.slots) + Int(slot) * CrashRecords.recordWords }
    func departure(_ index: Int) -> Int { record(at: Slot(CrashRecords.slots)) + index * 2 }
    func roomName(_ room: Int) -> Int { departure(CrashRecords.departures) + room * CrashRecords.roomNameWords }
    func authenticatedName(_ slot: Slot) -> Int {
        roomName(CrashRecords.rooms) + Int(slot) * CrashRecords.userNameWords
    }

    /// Behind the words, at a page's beginning.
    func area(of slot: Slot) -> Int { Int(slot) * CrashRecords.unwrittenBytes }

    /// Words; a whole number of pages.
    static let size: Int = {
        let names = rooms * roomNameWords + slots * userNameWords
        return (headerWords + slots * (1 + recordWords) + departures * 2 + names + 511) / 512 * 512
    }()

    private func clearRecord(_ slot: Slot) {
        for index in 0..<CrashRecords.recordWords { words[record(at: slot) + index] = 0 }
        setAuthenticatedName(slot, nil)
    }

    func roomNumbers(_ slot: Slot) -> [UInt16] {
        (0..<ChatLimits.roomsOfSession).map { index in
            let word = words[record(at: slot) + Field.rooms.rawValue + index / 4]
            return UInt16(truncatingIfNeeded: word >> UInt64(index % 4 * 16))
        }
    }

    private func replace(_ slot: Slot, _ old: UInt16, by new: UInt16) {
        guard let index = roomNumbers(slot).firstIndex(of: old) else { return }
        let (place, shift) = (record(at: slot) + Field.rooms.rawValue + index / 4, UInt64(index % 4 * 16))
        words[place] = words[place] & ~(0xffff << shift) | UInt64(new) << shift
    }
}
