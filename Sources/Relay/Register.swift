// What the next process has to know of each connection when this one is killed: kept as it happens, in memory that the
// service manager keeps. A connection's contents are not here: they are asked for again, or sent again (PROTOCOL.md, “After
// a crash of the server”).
//
// The words: a header; then, of each slot, how much of a frame is unwritten; then its record; then the rooms' names; then
// the names that the proxy vouches for; then, of each slot, those unwritten bytes. The file is large and nearly all of it
// never touched, so it takes no memory.

internal import Chat
internal import Linux
internal import WebSocket

final class Register {
    enum Phase: UInt8 {
        /// Nothing of its request is read.
        case untouched = 1
        /// Something was said that the next process can't know of; or it is on its way out.
        case passing
        /// A WebSocket.
        case open
    }

    private enum Header: Int, CaseIterable {
        case magic, version, capacity, epoch, crashes, lastNumber, reading, writing, departures
    }

    private enum Field: Int, CaseIterable {
        case number, phase, inputHigh, inputLow, user, addressHigh, addressLow, rooms
    }

    /// “chatrela” as a number.
    private static let magic: UInt64 = 0x616c_6572_7461_6863
    /// Of all that stands in here. Another one can't be read.
    private static let version: UInt64 = 1
    private static let headerWords = 64
    private static let roomsWords = ChatLimits.roomsOfSession / 4
    private static let recordWords = Field.rooms.rawValue + roomsWords
    /// Rooms beyond so many are not noted: a number of a room has 16 bits.
    private static let rooms = 65_535
    private static let roomNameWords = 5
    private static let userNameWords = 17
    /// Departures that are noted, the newest ones: more than usually fall into the grace that people have to come back.
    private static let departures = 1_024
    /// The rest of a frame that is kept; of a longer one it is in doubt.
    static let unwrittenBytes = 131_072
    /// Slots at most.
    static let mostSlots = 262_144

    let words: SharedWords
    let capacity: Int

    /// A new one, for so many slots.
    init(capacity: Int) throws(SystemError) {
        self.capacity = min(capacity, Register.mostSlots)
        words = try SharedWords(name: "chatrelay", count: Register.size(self.capacity))
        self[.magic] = Register.magic
        self[.version] = Register.version
        self[.capacity] = UInt64(self.capacity)
    }

    /// That of the process before, or nothing where it is of another version or damaged.
    init?(_ words: SharedWords) {
        guard words.count > Register.headerWords else { return nil }
        self.words = words
        capacity = Int(truncatingIfNeeded: words[Header.capacity.rawValue])
        guard self[.magic] == Register.magic, self[.version] == Register.version,
            (1...Register.mostSlots).contains(capacity), words.count == Register.size(capacity)
        else { return nil }
    }

    // MARK: the header

    private subscript(field: Header) -> UInt64 {
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
    var ink: Crowd.Ink {
        Crowd.Ink(words: words, underWay: Header.writing.rawValue, unwritten: unwritten(0), capacity: capacity)
    }

    /// Nothing is being read or written any more: after this whoever was in doubt is no longer.
    func forgetUnderWay() { (self[.reading], self[.writing]) = (0, 0) }

    /// Whether a read or a write of the slot was under way, or it is not known how much went out.
    func isInDoubt(_ slot: Slot) -> Bool {
        let mark = UInt64(slot) + 1
        return self[.reading] == mark || self[.writing] == mark || words[unwritten(Int(slot))] == Crowd.Ink.unknown
    }

    // MARK: a connection

    func holds(_ slot: Slot) -> Bool { slot < capacity }

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
            let place = departure(Int(self[.departures] % UInt64(Register.departures)))
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
    func setVouched(_ slot: Slot, _ name: String?) {
        guard holds(slot) else { return }
        let place = vouched(slot)
        guard let name else {
            // Most never had one: that is not to take memory.
            if words[place] != 0 { words[place] = 0 }
            return
        }
        let bytes = Array(name.utf8.prefix(Register.userNameWords * 8 - 1))
        words.store([UInt8(bytes.count)] + bytes, at: place)
    }

    func enter(_ slot: Slot, _ room: UInt32, name: String) {
        guard holds(slot), Int(room) < Register.rooms else { return }
        let bytes = Array(name.utf8)
        guard bytes.count < Register.roomNameWords * 8 else { return }
        words.store([UInt8(bytes.count)] + bytes, at: roomName(Int(room)))
        if !roomNumbers(slot).contains(UInt16(room) + 1) { replace(slot, 0, by: UInt16(room) + 1) }
    }

    func clearRooms(_ slot: Slot) {
        guard holds(slot) else { return }
        for index in 0..<Register.roomsWords { words[record(at: slot) + Field.rooms.rawValue + index] = 0 }
    }

    func exit(_ slot: Slot, _ room: UInt32) {
        guard holds(slot), Int(room) < Register.rooms else { return }
        replace(slot, UInt16(room) + 1, by: 0)
    }

    /// The bytes of a frame whose beginning went out; none between two frames.
    func setUnwritten(_ slot: Slot, _ bytes: ArraySlice<UInt8>) {
        guard holds(slot) else { return }
        let place = unwritten(Int(slot))
        guard bytes.count <= Register.unwrittenBytes else {
            words[place] = Crowd.Ink.unknown
            return
        }
        let area = unwrittenArea(slot)
        if bytes.isEmpty {
            guard words[place] != 0 else { return }
            words.clear(area..<area + Register.unwrittenBytes / 8)
        } else {
            words.store(bytes, at: area)
        }
        words[place] = UInt64(bytes.count)
    }

    // MARK: what the next process reads

    /// A connection as it was when the process before ended.
    struct Record {
        let phase: Phase
        let input: Endpoint.Position
        let user: UInt64?
        let rooms: [String]
        let address: (high: UInt64, low: UInt64)?
        let vouched: String?
        let unwritten: [UInt8]
    }

    /// Who has departed since a time, and from where.
    func departed(since time: Int64) -> [(user: UInt64, room: String)] {
        (0..<min(Int(self[.departures]), Register.departures)).compactMap { index in
            let (user, word) = (words[departure(index)], words[departure(index) + 1])
            guard word >> 48 != 0, Int64(word & 0xffff_ffff_ffff) >= time,
                let room = text(at: roomName(Int(word >> 48) - 1), Register.roomNameWords)
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
            words[unwritten(Int(slot))] <= Register.unwrittenBytes
        else { return nil }
        let address = (self[slot, .addressHigh], self[slot, .addressLow])
        return Record(
            phase: phase, input: input, user: self[slot, .user] == 0 ? nil : self[slot, .user],
            rooms: roomNumbers(slot).compactMap {
                $0 == 0 ? nil : text(at: roomName(Int($0) - 1), Register.roomNameWords)
            },
            address: address == (0, 0) ? nil : address, vouched: text(at: vouched(slot), Register.userNameWords),
            unwritten: words.load(Int(words[unwritten(Int(slot))]), at: unwrittenArea(slot)))
    }

    // MARK: places

    private subscript(slot: Slot, field: Field) -> UInt64 {
        get { words[record(at: slot) + field.rawValue] }
        set { words[record(at: slot) + field.rawValue] = newValue }
    }

    private func unwritten(_ slot: Int) -> Int { Register.headerWords + slot }
    private func record(at slot: Slot) -> Int { unwritten(capacity) + Int(slot) * Register.recordWords }
    private func departure(_ index: Int) -> Int { record(at: Slot(capacity)) + index * 2 }
    private func roomName(_ room: Int) -> Int { departure(Register.departures) + room * Register.roomNameWords }
    private func vouched(_ slot: Slot) -> Int { roomName(Register.rooms) + Int(slot) * Register.userNameWords }

    /// From a page's beginning on, so that one can be given back.
    private func unwrittenArea(_ slot: Slot) -> Int {
        (vouched(Slot(capacity)) + 511) / 512 * 512 + Int(slot) * Register.unwrittenBytes / 8
    }

    private static func size(_ capacity: Int) -> Int {
        let names = departures * 2 + rooms * roomNameWords + capacity * userNameWords
        return (headerWords + capacity * (1 + recordWords) + names + 511) / 512 * 512 + capacity * unwrittenBytes / 8
    }

    private func clearRecord(_ slot: Slot) {
        for index in 0..<Register.recordWords { words[record(at: slot) + index] = 0 }
        setVouched(slot, nil)
    }

    private func roomNumbers(_ slot: Slot) -> [UInt16] {
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

    private func text(at place: Int, _ most: Int) -> String? {
        let count = Int(words[place] & 0xff)
        guard count > 0, count < most * 8 else { return nil }
        return String(validating: words.load(count + 1, at: place).dropFirst(), as: UTF8.self)
    }
}
