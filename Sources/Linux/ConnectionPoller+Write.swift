// Writing to connections: to one, and the same bytes to many. send(2).

internal import CLinux
internal import Glibc

/// A write to a closed connection fails with EPIPE, and does not raise SIGPIPE (send(2)).
let noSignal = Int32(MSG_NOSIGNAL)

extension ConnectionPoller {
    /// A slot whose connection did not take all bytes of a broadcast.
    package struct Remainder {
        package let slot: Slot
        /// The bytes that were written; -1 where `broadcast` skipped the slot for its flags.
        package let written: Int
    }

    /// Whether the peer has not read all bytes that were written to it.
    package func isUnread(_ slot: Slot) -> Bool { clinux_unread(entries[Int(slot)].descriptor) > 0 }

    /// Shuts down the writing side: the peer reads an end of file after the bytes that were written.
    package func endWriting(_ slot: Slot) { _ = shutdown(entries[Int(slot)].descriptor, Int32(SHUT_WR)) }

    /// Writes the bytes of the range, as many as the socket takes now.
    package mutating func write(_ slot: Slot, _ bytes: [UInt8], _ range: Range<Int>) -> WriteResult {
        let descriptor = entries[Int(slot)].descriptor
        unsafe currentSlot.pointee = UInt64(slot) + 1
        let result = unsafe bytes.withUnsafeBytes { bytes in
            let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
            return retryingOnInterrupt { unsafe send(descriptor, part.baseAddress, part.count, noSignal) }
        }
        writeMarker?.recordPartialWrite(slot, isWhole: result == range.count)
        unsafe currentSlot.pointee = 0
        return count(result)
    }

    /// Writes the same bytes to each of the slots: one call for each, without allocation or reference counting.
    /// - Parameters:
    ///   - avoid: the flags for which a slot is skipped.
    ///   - remainders: gets the skipped slots, and those that took fewer than all bytes.
    package mutating func broadcast(
        _ bytes: [UInt8], to slots: [Slot], avoid: SlotFlags, remainders: inout [Remainder]
    ) {
        var served = 0
        var missing = 0
        unsafe bytes.withUnsafeBytes { bytes in
            let address = bytes.baseAddress
            let size = bytes.count
            let entries = self.entries.span
            for slot in slots {
                let entry = entries[Int(slot)]
                guard entry.flags.isDisjoint(with: avoid) else {
                    remainders.append(Remainder(slot: slot, written: -1))
                    continue
                }
                unsafe currentSlot.pointee = UInt64(slot) + 1
                let written = retryingOnInterrupt { unsafe send(entry.descriptor, address, size, noSignal) }
                served += 1
                guard written != size else { continue }
                writeMarker?.recordPartialWrite(slot, isWhole: false)
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
        // ENOBUFS, ENOMEM: the kernel has no memory for it now. The outbox's limits bound how long that may last.
        return code == EAGAIN || code == ENOBUFS || code == ENOMEM ? .bytes(0) : .gone
    }
}
