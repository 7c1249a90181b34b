// What the next process has to know of each connection when this one is killed: written as it happens, into shared memory that
// the service manager keeps. Messages are not in it: clients ask for them again, or send them again (PROTOCOL.md, “After a
// crash of the server”).
//
// CrashRecords+Layout.swift has the layout, CrashRecords+Reading.swift what the next process reads. Both change with `version`.

package import Chat
internal import Host
package import Linux
package import Primitives
package import WebSocket

package final class CrashRecords {
    package enum RecordedPhase: UInt8 {
        /// No byte of the request has been read.
        case awaitingRequest = 1
        /// Not recoverable after a crash: the handshake is under way, or the connection is closing.
        case unrecoverable
        /// An open WebSocket.
        case open
        /// An open WebSocket with permessage-deflate.
        case openCompressed
    }

    /// Of the layout and of what the words mean; records of another version can't be read.
    static let version: UInt64 = 1

    package let words: SharedMemory

    /// Makes new ones.
    /// - Throws: where the kernel has no memory for them.
    package init() throws(SystemError) {
        words = try SharedMemory(name: "chatrelay", count: CrashRecords.size)
        self[.magic] = CrashRecords.magic
        self[.version] = CrashRecords.version
        self[.slots] = UInt64(CrashRecords.slots)
    }

    /// Takes over those of the process before.
    /// - Returns: nil where they are damaged or of another version.
    package init?(_ words: SharedMemory) {
        guard words.count == CrashRecords.size else { return nil }
        self.words = words
        guard self[.magic] == CrashRecords.magic, self[.version] == CrashRecords.version,
            self[.slots] == UInt64(CrashRecords.slots)
        else { return nil }
    }

    /// Takes over the crash records of the process before, or makes new ones and stores them.
    /// - Returns: the records, and whether they are those of the process before.
    /// - Throws: where the kernel has no memory for new ones.
    package static func open(
        _ stored: StoredDescriptors, _ store: DescriptorStore
    ) throws(SystemError) -> (records: CrashRecords, areTakenOver: Bool) {
        if let memory = stored[StoredDescriptor.crashRecordsName]?.takeMemory(size), let old = CrashRecords(memory) {
            return (old, true)
        }
        if !stored.isEmpty { store.remove(StoredDescriptor.crashRecordsName) }
        let records = try CrashRecords()
        store.add(records.words.descriptor, StoredDescriptor.crashRecordsName)
        return (records, false)
    }

    // MARK: the process

    /// Counts the processes. A restart state that was written in another epoch is out of date.
    package var epoch: UInt64 {
        get { self[.epoch] }
        set { self[.epoch] = newValue }
    }

    /// Crashes that connections have survived.
    package var crashes: UInt32 {
        get { UInt32(truncatingIfNeeded: self[.crashes]) }
        set { self[.crashes] = UInt64(newValue) }
    }

    /// The number of the newest connection.
    package private(set) var lastNumber: UInt64 {
        get { self[.lastNumber] }
        set { self[.lastNumber] = newValue }
    }

    /// Where the poller notes which slot it writes to, and which slots have unwritten bytes.
    package var writeMarker: ConnectionPoller.WriteMarker {
        ConnectionPoller.WriteMarker(
            words: words, currentSlot: HeaderWord.writing.rawValue, unwritten: unwritten(0),
            capacity: CrashRecords.slots)
    }

    /// The id of the ledger, and the number of its newest entry that was applied: clients may have seen everything up to there. Nil
    /// in records of a process that has noted none.
    package var position: (ledger: String, seq: UInt64)? {
        let id = words.load(8, at: HeaderWord.ledger.rawValue).prefix { $0 != 0 }
        return id.isEmpty ? nil : (String(decoding: id, as: UTF8.self), self[.ledgerSeq])
    }

    /// The process goes on with this ledger.
    /// - Parameter ledger: its id; of a longer one only the first eight bytes are kept.
    package func begin(ledger: String, seq: UInt64) {
        self[.ledgerSeq] = seq
        words.store(ledger.utf8.prefix(8), at: HeaderWord.ledger.rawValue)
    }

    /// Everything up to this number was applied.
    package func applied(_ seq: UInt64) { self[.ledgerSeq] = seq }

    /// No read or write is under way: to be called once the connections that were in doubt are closed.
    package func clearInDoubt() { (self[.reading], self[.writing]) = (0, 0) }

    // MARK: a connection

    /// A connection has the slot from now on.
    package func begin(_ slot: Slot, number: UInt64) {
        lastNumber = max(lastNumber, number)
        guard holds(slot) else { return }
        self[.slotsUsed] = max(self[.slotsUsed], UInt64(slot) + 1)
        clearRecord(slot)
        self[slot, .phase] = UInt64(RecordedPhase.awaitingRequest.rawValue)
        self[slot, .number] = number
    }

    /// The slot is free.
    package func end(_ slot: Slot) {
        guard holds(slot) else { return }
        self[slot, .number] = 0
        setUnwritten(slot, [])
    }

    package func setPhase(_ slot: Slot, _ phase: RecordedPhase) {
        if holds(slot) { self[slot, .phase] = UInt64(phase.rawValue) }
    }

    /// Bytes of the connection are being read and handled. After a crash before `endReading` it is in doubt.
    package func beginReading(_ slot: Slot) { self[.reading] = UInt64(slot) + 1 }

    package func endReading() { self[.reading] = 0 }

    /// Where in a frame the connection's input stands.
    package func setInput(_ slot: Slot, _ position: Endpoint.Position) {
        guard holds(slot) else { return }
        (self[slot, .inputHigh], self[slot, .inputLow]) = position.words
    }

    /// The connection's input stands between two messages.
    package func clearInput(_ slot: Slot) {
        guard holds(slot), self[slot, .inputHigh] | self[slot, .inputLow] != 0 else { return }
        (self[slot, .inputHigh], self[slot, .inputLow]) = (0, 0)
    }

    package func setAddress(_ slot: Slot, _ address: IPAddress) {
        guard holds(slot) else { return }
        (self[slot, .addressHigh], self[slot, .addressLow]) = (address.high, address.low)
    }

    /// The user whom the proxy names.
    package func setAuthenticatedName(_ slot: Slot, _ name: String?) {
        guard holds(slot) else { return }
        let place = authenticatedName(slot)
        guard let name else {
            // A page of memory that was never written takes none.
            if words[place] != 0 { words[place] = 0 }
            return
        }
        let bytes = Array(name.utf8.prefix(CrashRecords.userNameWords * 8 - 1))
        words.store([UInt8(bytes.count)] + bytes, at: place)
    }

    /// The rest of a frame whose beginning was written to the socket; empty between two frames.
    package func setUnwritten(_ slot: Slot, _ bytes: ArraySlice<UInt8>) {
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

    // MARK: its user and rooms

    package func setUser(_ slot: Slot, _ user: UserID) {
        guard holds(slot) else { return }
        self[slot, .user] = user.number
        clearRooms(slot)
    }

    package func addRoom(_ slot: Slot, _ room: RoomID, name: String) {
        guard holds(slot), Int(room.index) < CrashRecords.rooms else { return }
        let bytes = Array(name.utf8)
        guard bytes.count < CrashRecords.roomNameWords * 8 else { return }
        words.store([UInt8(bytes.count)] + bytes, at: roomName(Int(room.index)))
        let number = UInt16(room.index) + 1
        if !roomNumbers(slot).contains(number) { replaceRoom(slot, 0, by: number) }
    }

    package func removeRoom(_ slot: Slot, _ room: RoomID) {
        guard holds(slot), Int(room.index) < CrashRecords.rooms else { return }
        replaceRoom(slot, UInt16(room.index) + 1, by: 0)
    }

    package func clearRooms(_ slot: Slot) {
        guard holds(slot) else { return }
        for index in 0..<CrashRecords.roomsWords { words[record(at: slot) + RecordWord.rooms.rawValue + index] = 0 }
    }

    /// The connection has ended: its user may come back to its rooms within the grace period.
    /// - Parameter time: milliseconds since 1970.
    package func disconnected(_ slot: Slot, at time: Int64) {
        guard holds(slot), self[slot, .user] != 0 else { return }
        for room in roomNumbers(slot) where room != 0 {
            let place = departure(Int(self[.departures] % UInt64(CrashRecords.departures)))
            words[place] = self[slot, .user]
            words[place + 1] = UInt64(room) << 48 | UInt64(time)
            self[.departures] += 1
        }
    }

    private func replaceRoom(_ slot: Slot, _ old: UInt16, by new: UInt16) {
        guard let index = roomNumbers(slot).firstIndex(of: old) else { return }
        let (place, shift) = (record(at: slot) + RecordWord.rooms.rawValue + index / 4, UInt64(index % 4 * 16))
        words[place] = words[place] & ~(0xffff << shift) | UInt64(new) << shift
    }

    private func clearRecord(_ slot: Slot) {
        for index in 0..<CrashRecords.recordWords { words[record(at: slot) + index] = 0 }
        setAuthenticatedName(slot, nil)
    }
}

extension CrashRecords: CrashLog {
    package func identified(_ session: SessionID, as user: UserID) { setUser(session.slot, user) }

    package func joinedRoom(_ session: SessionID, _ room: RoomID, name: String) {
        addRoom(session.slot, room, name: name)
    }

    package func leftRoom(_ session: SessionID, _ room: RoomID) { removeRoom(session.slot, room) }
}
