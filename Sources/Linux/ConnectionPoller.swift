// The crowd: all connected sockets, a slot for each, and the one epoll set that watches them. epoll(7).
//
// Slots are what the broadcast walks: 16 bytes each, in one array, no objects. An event for a connection that has gone
// is told apart from one for its slot's next owner by the generation, which epoll carries beside the slot.

internal import CLinux
internal import Glibc

/// A connection's place: dense and reused. Valid until `remove`.
package typealias Slot = UInt32

package enum ReadResult: Equatable {
    case bytes(Int)
    case wouldBlock
    /// The peer has ended its side, or is gone.
    case ended
}

package enum WriteResult: Equatable {
    /// This many bytes went out, maybe fewer than given, maybe none.
    case bytes(Int)
    /// The peer is gone.
    case gone
}

/// What epoll saw of one connection.
package struct Readiness {
    package let slot: Slot
    package let readable: Bool
    package let writable: Bool
}

/// A write to a peer that is gone is an error of that write, not a SIGPIPE for the process (send(2)).
let noSignal = Int32(MSG_NOSIGNAL)

@safe package struct ConnectionPoller: ~Copyable {
    /// Bits the owner sets on a slot; they can keep `broadcast` from writing to it.
    package struct Marks: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Something is queued already: what comes now has to queue behind it. Also: nothing more is to be written.
        package static let queued = Marks(rawValue: 1)
        /// What it gets in this tick differs from what the room gets.
        package static let sessionBatch = Marks(rawValue: 2)
        /// It is in several rooms.
        package static let inSeveralRooms = Marks(rawValue: 4)
        /// It gets the compressed form of what is sent to many.
        package static let compressed = Marks(rawValue: 8)
    }

    /// A slot that `broadcast` could not serve in full.
    package struct Remainder {
        package let slot: Slot
        /// The bytes that went out; -1 where the slot was passed over for its marks.
        package let written: Int
    }

    private struct Entry {
        var descriptor: Int32 = -1
        var generation: UInt32 = 0
        var marks = Marks()
        var awaitsWriting = false
    }

    private let epoll: FileDescriptor
    private var entries: [Entry] = []
    private var free: [Slot] = []
    private let events: UnsafeMutablePointer<epoll_event>
    private var writeMarker: WriteMarker?
    /// The word that gets the slot that is being written to: the ink's, or one that nobody reads.
    private var currentSlot: UnsafeMutablePointer<UInt64>
    private let dummyWord: UnsafeMutablePointer<UInt64>
    private let batch: Int
    /// Connections now.
    package private(set) var count = 0
    /// Calls that wrote, since the start.
    package private(set) var writes: UInt64 = 0
    /// Bytes that the kernel took, since the start.
    package private(set) var bytesWritten: UInt64 = 0

    /// - Parameter batch: the most connections that one `wait` tells of.
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

    /// From here on every write is noted there.
    package mutating func note(in writeMarker: WriteMarker) {
        self.writeMarker = writeMarker
        unsafe currentSlot = unsafe writeMarker.words.address(writeMarker.currentSlot)
    }

    /// To be watched for reading by an outer loop.
    package var descriptor: Int32 { epoll.number }

    package func isOpen(_ slot: Slot) -> Bool { entries[Int(slot)].descriptor >= 0 }
    package func generation(_ slot: Slot) -> UInt32 { entries[Int(slot)].generation }
    package func has(_ mark: Marks, _ slot: Slot) -> Bool { entries[Int(slot)].marks.contains(mark) }

    package mutating func set(_ mark: Marks, _ slot: Slot, to on: Bool) {
        if on { entries[Int(slot)].marks.insert(mark) } else { entries[Int(slot)].marks.remove(mark) }
    }

    /// Takes over a connection and watches it for reading.
    package mutating func insert(_ socket: consuming FileDescriptor) throws(SystemError) -> Slot {
        try insert(socket, at: free.popLast() ?? Slot(entries.count))
    }

    /// The same, in a slot above all that there were.
    package mutating func append(_ socket: consuming FileDescriptor, at slot: Slot) throws(SystemError) {
        precondition(slot >= entries.count)
        while entries.count < slot {
            free.append(Slot(entries.count))
            entries.append(Entry())
        }
        _ = try insert(socket, at: slot)
    }

    private mutating func insert(_ socket: consuming FileDescriptor, at slot: Slot) throws(SystemError) -> Slot {
        if Int(slot) == entries.count { entries.append(Entry()) }
        let data = UInt64(entries[Int(slot)].generation) << 32 | UInt64(slot)
        guard clinux_epoll_control(epoll.number, EPOLL_CTL_ADD, socket.number, EPOLLIN.rawValue, data) == 0 else {
            free.append(slot)
            throw .last("epoll_ctl")
        }
        entries[Int(slot)].descriptor = socket.release()
        count += 1
        return slot
    }

    /// The connection's descriptor, for others to keep a copy of.
    package func number(_ slot: Slot) -> Int32 { entries[Int(slot)].descriptor }

    /// Closes the connection and gives its slot free; what epoll still tells of it is not passed on.
    /// - Parameter isKept: whether somebody has a copy of its descriptor: then to close it would neither hang up nor take it
    ///   out of the epoll set (epoll(7), “Will closing a file descriptor …”).
    package mutating func remove(_ slot: Slot, isKept: Bool = false) {
        let entry = entries[Int(slot)]
        precondition(entry.descriptor >= 0)
        if isKept {
            _ = clinux_epoll_control(epoll.number, EPOLL_CTL_DEL, entry.descriptor, 0, 0)
            _ = shutdown(entry.descriptor, Int32(SHUT_RDWR))
        }
        _ = close(entry.descriptor)
        entries[Int(slot)] = Entry(generation: entry.generation &+ 1)
        free.append(slot)
        count -= 1
    }

    /// Whether the peer has still to read some of what was written to it.
    package func isUnread(_ slot: Slot) -> Bool { clinux_unread(entries[Int(slot)].descriptor) > 0 }

    /// Ends the writing side: the peer reads to the end of what was written.
    package func endWriting(_ slot: Slot) { _ = shutdown(entries[Int(slot)].descriptor, Int32(SHUT_WR)) }

    /// Watches for room to write as well, or no longer.
    package mutating func awaitWriting(_ slot: Slot, _ on: Bool) {
        let entry = entries[Int(slot)]
        guard entry.awaitsWriting != on else { return }
        entries[Int(slot)].awaitsWriting = on
        let flags = on ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        let data = UInt64(entry.generation) << 32 | UInt64(slot)
        let result = clinux_epoll_control(epoll.number, EPOLL_CTL_MOD, entry.descriptor, flags, data)
        precondition(result == 0, "epoll_ctl refused to change a descriptor that it holds")
    }

    /// Appends what is ready to `ready`; at most one batch.
    /// - Parameter milliseconds: how long to wait where nothing is; by default not at all, the outer loop waits.
    package func poll(into ready: inout [Readiness], wait milliseconds: Int32 = 0) {
        let found = retryingOnInterrupt { Int(unsafe epoll_wait(epoll.number, events, Int32(batch), milliseconds)) }
        for index in 0..<max(found, 0) {
            let data = unsafe clinux_event_data(events + index)
            let flags = unsafe clinux_event_flags(events + index)
            let slot = Slot(truncatingIfNeeded: data)
            guard generation(slot) == UInt32(data >> 32), isOpen(slot) else { continue }
            // EPOLLHUP and EPOLLERR: the next read tells.
            let readable = flags & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
            ready.append(Readiness(slot: slot, readable: readable, writable: flags & EPOLLOUT.rawValue != 0))
        }
    }

    package func read(_ slot: Slot, into buffer: inout [UInt8]) -> ReadResult {
        let descriptor = entries[Int(slot)].descriptor
        let result = retryingOnInterrupt {
            unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        }
        if result > 0 { return .bytes(result) }
        return result < 0 && errno == EAGAIN ? .wouldBlock : .ended
    }

    /// Writes the bytes of the range, as many as the socket takes now.
    package mutating func write(_ slot: Slot, _ bytes: [UInt8], _ range: Range<Int>) -> WriteResult {
        let descriptor = entries[Int(slot)].descriptor
        unsafe currentSlot.pointee = UInt64(slot) + 1
        let result = unsafe bytes.withUnsafeBytes { bytes in
            let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
            return retryingOnInterrupt { unsafe send(descriptor, part.baseAddress, part.count, noSignal) }
        }
        writeMarker?.spill(slot, isWhole: result == range.count)
        unsafe currentSlot.pointee = 0
        return count(result)
    }

    /// Writes the same bytes to each of the slots: one call for each, nothing allocated, nothing counted.
    /// - Parameters:
    ///   - avoid: the marks for which a slot is passed over.
    ///   - remainders: gets the slots that were passed over, and those that took less than all.
    package mutating func broadcast(
        _ bytes: [UInt8], to slots: [Slot], avoid: Marks, remainders: inout [Remainder]
    ) {
        var served = 0
        var missing = 0
        unsafe bytes.withUnsafeBytes { bytes in
            let address = bytes.baseAddress
            let size = bytes.count
            let entries = self.entries.span
            for slot in slots {
                let entry = entries[Int(slot)]
                guard entry.marks.isDisjoint(with: avoid) else {
                    remainders.append(Remainder(slot: slot, written: -1))
                    continue
                }
                unsafe currentSlot.pointee = UInt64(slot) + 1
                let written = retryingOnInterrupt { unsafe send(entry.descriptor, address, size, noSignal) }
                served += 1
                guard written != size else { continue }
                writeMarker?.spill(slot, isWhole: false)
                remainders.append(Remainder(slot: slot, written: max(written, 0)))
                missing += size - max(written, 0)
            }
            unsafe currentSlot.pointee = 0
        }
        writes += UInt64(served)
        bytesWritten += UInt64(served * bytes.count - missing)
    }

    private mutating func count(_ written: Int) -> WriteResult {
        writes += 1
        if written >= 0 {
            bytesWritten += UInt64(written)
            return .bytes(written)
        }
        let code = errno
        // ENOBUFS, ENOMEM: the kernel has no room for it now; the queue's bounds decide how long that may last.
        return code == EAGAIN || code == ENOBUFS || code == ENOMEM ? .bytes(0) : .gone
    }
}
