// Descriptors that lie in flight: messages in a pair of sockets, each with a descriptor in it (SCM_RIGHTS, unix(7)). As long
// as somebody holds the pair's ends, what lies in it stays open, whatever becomes of the process that put it there.

internal import CLinux
internal import Glibc

/// A queue of descriptors, each with a number and a slot.
package final class DescriptorQueue {
    private let sender: FileDescriptor
    private let receiver: FileDescriptor

    package init() throws(SystemError) {
        var numbers: [Int32] = [-1, -1]
        guard unsafe clinux_packet_pair(&numbers) == 0 else { throw .last("socketpair") }
        sender = FileDescriptor(owning: numbers[0])
        receiver = FileDescriptor(owning: numbers[1])
    }

    /// Takes over the ends of another process.
    package init(sender: consuming FileDescriptor, receiver: consuming FileDescriptor) {
        self.sender = sender
        self.receiver = receiver
    }

    /// The ends, for others to keep: that for sending, and that for receiving.
    package var ends: (sender: Int32, receiver: Int32) { (sender.number, receiver.number) }

    /// Puts in a copy of a connection's descriptor.
    /// - Throws: EAGAIN where the queue is full; ETOOMANYREFS where more of this user's descriptors are in flight than it may
    ///   have open (RLIMIT_NOFILE, unix(7)).
    package func append(_ descriptor: Int32, slot: Slot, number: UInt64) throws(SystemError) {
        var label = [number.littleEndian, UInt64(slot).littleEndian]
        let result = retryingOnInterrupt { unsafe clinux_send_descriptor(sender.number, &label, 16, descriptor) }
        guard result == 16 else { throw .last("put a descriptor into escrow") }
    }

    /// Copies of all that are in it, from the oldest on; they stay in it.
    package func copies(_ body: (consuming FileDescriptor, Slot, _ number: UInt64) -> Void) throws(SystemError) {
        guard clinux_set_peek_offset(receiver.number, 0) == 0 else { throw .last("setsockopt SO_PEEK_OFF") }
        while true {
            var label: [UInt64] = [0, 0]
            var descriptor: Int32 = -1
            let result = retryingOnInterrupt { unsafe clinux_peek_descriptor(receiver.number, &label, 16, &descriptor) }
            guard result > 0 else {
                guard result == 0 || errno == EAGAIN else { throw .last("look into the escrow") }
                return
            }
            guard descriptor >= 0 else {
                // The message is there, but there was no room for its descriptor (recvmsg(2), MSG_CTRUNC).
                throw SystemError(code: EMFILE, attempt: "take a connection out of escrow")
            }
            body(
                FileDescriptor(owning: descriptor), Slot(truncatingIfNeeded: UInt64(littleEndian: label[1])),
                UInt64(littleEndian: label[0]))
        }
    }

    /// Empties it. The descriptors in it are closed without having been opened.
    package func drain() {
        _ = clinux_set_peek_offset(receiver.number, 0)
        var byte: UInt8 = 0
        while retryingOnInterrupt({ unsafe recv(receiver.number, &byte, 1, 0) }) > 0 {}
    }
}
