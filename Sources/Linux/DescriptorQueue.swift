// Descriptors queued in a socket pair: messages that are never received, each with a descriptor (SCM_RIGHTS, unix(7)). The
// descriptors stay open as long as any process holds the pair's two ends, also after the process that sent them has ended.

internal import CLinux
internal import Glibc

/// A queue of descriptors, each with a number and a slot.
package final class DescriptorQueue {
    private let sender: FileDescriptor
    private let receiver: FileDescriptor

    /// Makes an empty queue.
    /// - Throws: where socketpair(2) fails: no descriptor or memory is left.
    package init() throws(SystemError) {
        var numbers: [Int32] = [-1, -1]
        guard unsafe clinux_packet_pair(&numbers) == 0 else { throw .last("socketpair") }
        sender = FileDescriptor(owning: numbers[0])
        receiver = FileDescriptor(owning: numbers[1])
    }

    /// Takes over a queue of an earlier process by its ends.
    package init(sender: consuming FileDescriptor, receiver: consuming FileDescriptor) {
        self.sender = sender
        self.receiver = receiver
    }

    /// The queue's descriptors, which another process may keep.
    package var ends: (sender: Int32, receiver: Int32) { (sender.number, receiver.number) }

    /// Queues a copy of a connection's descriptor, with its slot and number.
    /// - Throws: `isFull` where the queue is full; `isTooManyReferences` where this user has more descriptors in flight than
    ///   RLIMIT_NOFILE (unix(7)).
    package func append(_ descriptor: Int32, slot: Slot, number: UInt64) throws(SystemError) {
        var label = [number.littleEndian, UInt64(slot).littleEndian]
        let result = retryingOnInterrupt { unsafe clinux_send_descriptor(sender.number, &label, 16, descriptor) }
        guard result == 16 else { throw .last("add a connection to the descriptor stash") }
    }

    /// Calls `body` with a copy of each queued descriptor, the oldest first. The descriptors stay queued (MSG_PEEK and
    /// SO_PEEK_OFF, socket(7)).
    /// - Throws: EMFILE where there is no descriptor left for a copy; other errors of recvmsg(2).
    package func copies(_ body: (consuming FileDescriptor, Slot, _ number: UInt64) -> Void) throws(SystemError) {
        guard clinux_set_peek_offset(receiver.number, 0) == 0 else { throw .last("setsockopt SO_PEEK_OFF") }
        while true {
            var label: [UInt64] = [0, 0]
            var descriptor: Int32 = -1
            let result = retryingOnInterrupt { unsafe clinux_peek_descriptor(receiver.number, &label, 16, &descriptor) }
            guard result > 0 else {
                guard result == 0 || errno == EAGAIN else { throw .last("read the descriptor stash") }
                return
            }
            guard descriptor >= 0 else {
                // The process has no descriptor left: the message comes without it (MSG_CTRUNC, recvmsg(2)).
                throw SystemError(code: EMFILE, attempt: "take a connection out of the descriptor stash")
            }
            body(
                FileDescriptor(owning: descriptor), Slot(truncatingIfNeeded: UInt64(littleEndian: label[1])),
                UInt64(littleEndian: label[0]))
        }
    }

    /// Empties the queue, which closes its copies of the descriptors.
    package func drain() {
        _ = clinux_set_peek_offset(receiver.number, 0)
        var byte: UInt8 = 0
        while retryingOnInterrupt({ unsafe recv(receiver.number, &byte, 1, 0) }) > 0 {}
    }
}
