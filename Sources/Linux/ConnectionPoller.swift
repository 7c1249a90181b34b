// All connected sockets, a slot for each, and the epoll set that watches them. epoll(7).
//
// A broadcast walks the slots: 16 bytes each, in one array, without objects. The epoll event carries the slot's generation
// besides the slot, so that an event of a closed connection is not taken for one of the slot's next connection.

internal import CLinux
internal import Glibc

@safe package struct ConnectionPoller: ~Copyable {
    /// The owner's flags of a slot. `broadcast` skips slots by their flags.
    package struct SlotFlags: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The outbox is not empty, so new bytes must be queued too; or nothing may be written any more.
        package static let queued = SlotFlags(rawValue: 1)
        /// The connection's batch in this tick differs from its room's batch.
        package static let sessionBatch = SlotFlags(rawValue: 2)
        /// The session is in several rooms.
        package static let inSeveralRooms = SlotFlags(rawValue: 4)
        /// The connection gets the compressed form of a broadcast.
        package static let compressed = SlotFlags(rawValue: 8)
    }

    struct PollerEntry {
        var descriptor: Int32 = -1
        var generation: UInt32 = 0
        var flags = SlotFlags()
        var awaitsWriting = false
    }

    private let epoll: FileDescriptor
    private(set) var entries: [PollerEntry] = []
    private var free: [Slot] = []
    private let events: UnsafeMutablePointer<epoll_event>
    private(set) var writeMarker: WriteMarker?
    /// The word that gets the slot being written, plus 1: the write marker's word, or `dummyWord` without a marker.
    private(set) var currentSlot: UnsafeMutablePointer<UInt64>
    private let dummyWord: UnsafeMutablePointer<UInt64>
    private let batch: Int
    /// Connections now.
    package private(set) var count = 0
    /// Write calls since the start.
    package internal(set) var writes: UInt64 = 0
    /// Bytes that the kernel has taken since the start.
    package internal(set) var bytesWritten: UInt64 = 0

    /// - Parameter batch: the most events that one `poll` returns.
    /// - Throws: where there is no descriptor left (epoll_create1(2)).
    package init(batch: Int) throws(SystemError) {
        let number = clinux_epoll_create()
        guard number >= 0 else { throw .last("epoll_create1") }
        epoll = FileDescriptor(owning: number)
        unsafe events = .allocate(capacity: batch)
        unsafe dummyWord = .allocate(capacity: 1)
        unsafe dummyWord.initialize(to: 0)
        unsafe currentSlot = unsafe dummyWord
        self.batch = batch
    }

    deinit {
        for entry in entries where entry.descriptor >= 0 { _ = close(entry.descriptor) }
        unsafe events.deallocate()
        unsafe dummyWord.deallocate()
    }

    /// From now on records every write in the marker.
    package mutating func record(in writeMarker: WriteMarker) {
        self.writeMarker = writeMarker
        unsafe currentSlot = unsafe writeMarker.words.address(writeMarker.currentSlot)
    }

    /// The epoll set, which an outer loop watches for reading.
    package var descriptor: Int32 { epoll.number }

    /// Whether the slot has a connection. The slot must have had one.
    package func isOpen(_ slot: Slot) -> Bool { entries[Int(slot)].descriptor >= 0 }
    /// The slot's generation, which grows by 1 with each connection that is removed from it.
    package func generation(_ slot: Slot) -> UInt32 { entries[Int(slot)].generation }
    /// Whether the slot has the flag.
    package func has(_ flag: SlotFlags, _ slot: Slot) -> Bool { entries[Int(slot)].flags.contains(flag) }

    /// Sets or clears a flag of the slot.
    package mutating func set(_ flag: SlotFlags, _ slot: Slot, to on: Bool) {
        if on { entries[Int(slot)].flags.insert(flag) } else { entries[Int(slot)].flags.remove(flag) }
    }

    /// Takes over a connection and watches it for reading.
    /// - Throws: where epoll_ctl(2) refuses it (ENOMEM, ENOSPC); then the connection is closed.
    package mutating func insert(_ socket: consuming FileDescriptor) throws(SystemError) -> Slot {
        try insert(socket, at: free.popLast() ?? Slot(entries.count))
    }

    /// Takes over a connection in a given slot, which must be above all slots so far.
    /// - Throws: as `insert`.
    package mutating func append(_ socket: consuming FileDescriptor, at slot: Slot) throws(SystemError) {
        fill(below: slot)
        _ = try insert(socket, at: slot)
    }

    /// Takes a slot that has no connection. No connection gets it until `release`.
    package mutating func reserve() -> Slot {
        if let slot = free.popLast() { return slot }
        entries.append(PollerEntry())
        return Slot(entries.count - 1)
    }

    /// Takes a given slot without a connection, which must be above all slots so far.
    package mutating func reserve(at slot: Slot) {
        fill(below: slot)
        entries.append(PollerEntry())
    }

    /// Frees a slot that was taken without a connection.
    package mutating func release(_ slot: Slot) {
        precondition(!isOpen(slot))
        entries[Int(slot)] = PollerEntry(generation: generation(slot) &+ 1)
        free.append(slot)
    }

    private mutating func fill(below slot: Slot) {
        precondition(slot >= entries.count)
        while entries.count < slot {
            free.append(Slot(entries.count))
            entries.append(PollerEntry())
        }
    }

    private mutating func insert(_ socket: consuming FileDescriptor, at slot: Slot) throws(SystemError) -> Slot {
        if Int(slot) == entries.count { entries.append(PollerEntry()) }
        let data = UInt64(entries[Int(slot)].generation) << 32 | UInt64(slot)
        guard clinux_epoll_control(epoll.number, EPOLL_CTL_ADD, socket.number, EPOLLIN.rawValue, data) == 0 else {
            free.append(slot)
            throw .last("epoll_ctl")
        }
        entries[Int(slot)].descriptor = socket.release()
        count += 1
        return slot
    }

    /// The connection's descriptor, to be duplicated.
    package func number(_ slot: Slot) -> Int32 { entries[Int(slot)].descriptor }

    /// Closes the connection and frees its slot. Later events of the connection are dropped.
    /// - Parameter isKept: whether a copy of the descriptor exists elsewhere. Then close(2) neither ends the connection nor
    ///   takes it out of the epoll set (epoll(7), “Will closing a file descriptor …”), so this does both.
    package mutating func remove(_ slot: Slot, isKept: Bool = false) {
        let entry = entries[Int(slot)]
        precondition(entry.descriptor >= 0)
        if isKept {
            _ = clinux_epoll_control(epoll.number, EPOLL_CTL_DEL, entry.descriptor, 0, 0)
            _ = shutdown(entry.descriptor, Int32(SHUT_RDWR))
        }
        _ = close(entry.descriptor)
        entries[Int(slot)] = PollerEntry(generation: entry.generation &+ 1)
        free.append(slot)
        count -= 1
    }

    /// Starts or stops watching for room to write. Reading is always watched.
    package mutating func awaitWriting(_ slot: Slot, _ on: Bool) {
        let entry = entries[Int(slot)]
        guard entry.awaitsWriting != on else { return }
        entries[Int(slot)].awaitsWriting = on
        let flags = on ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        let data = UInt64(entry.generation) << 32 | UInt64(slot)
        let result = clinux_epoll_control(epoll.number, EPOLL_CTL_MOD, entry.descriptor, flags, data)
        precondition(result == 0, "epoll_ctl refused to change a descriptor that it holds")
    }

    /// Appends the connections that are ready to `ready`, at most one batch.
    /// - Parameter milliseconds: how long to wait for the first; by default not at all, because the outer loop waits.
    package func poll(into ready: inout [Readiness], wait milliseconds: Int32 = 0) {
        let found = retryingOnInterrupt { Int(unsafe epoll_wait(epoll.number, events, Int32(batch), milliseconds)) }
        for index in 0..<max(found, 0) {
            let data = unsafe clinux_event_data(events + index)
            let flags = unsafe clinux_event_flags(events + index)
            let slot = Slot(truncatingIfNeeded: data)
            guard generation(slot) == UInt32(data >> 32), isOpen(slot) else { continue }
            // EPOLLHUP and EPOLLERR: the next read returns the end or the error.
            let readable = flags & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
            ready.append(Readiness(slot: slot, readable: readable, writable: flags & EPOLLOUT.rawValue != 0))
        }
    }

    /// Reads once into the buffer, as many bytes as are there and fit.
    package func read(_ slot: Slot, into buffer: inout [UInt8]) -> ReadResult {
        let descriptor = entries[Int(slot)].descriptor
        let result = retryingOnInterrupt {
            unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        }
        if result > 0 { return .bytes(result) }
        return result < 0 && errno == EAGAIN ? .wouldBlock : .ended
    }
}
