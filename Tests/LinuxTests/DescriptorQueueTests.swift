import Glibc
import Linux
import Testing

@Suite struct DescriptorQueueTests {
    /// A connected pair of stream sockets.
    private func makePair() throws -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        try #require(unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0)
        return (pair[0], pair[1])
    }

    private func write(_ text: String, to descriptor: Int32) -> Int {
        unsafe send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    }

    private func read(_ descriptor: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    @Test func aQueuedDescriptorOutlivesItsOwner() throws {
        let queue = try DescriptorQueue()
        let (ours, peer) = try makePair()
        try queue.append(ours, slot: 7, number: 1 << 40)
        close(ours)
        #expect(write("Hello", to: peer) == 5)
        // Twice, because the descriptors stay queued.
        for _ in 0..<2 {
            var found: [(Slot, UInt64)] = []
            try queue.copies { copy, slot, number in
                found.append((slot, number))
                #expect(write("Hi", to: copy.number) == 2)
                #expect(fcntl(copy.number, F_GETFD) & FD_CLOEXEC != 0)
            }
            #expect(found.map(\.0) == [7] && found.map(\.1) == [1 << 40])
            #expect(read(peer) == "Hi")
        }
        try queue.copies { copy, _, _ in #expect(read(copy.number) == "Hello") }
        close(peer)
    }

    @Test func aShutDownConnectionEndsThoughACopyIsQueued() throws {
        let queue = try DescriptorQueue()
        let (ours, peer) = try makePair()
        try queue.append(ours, slot: 0, number: 1)
        UnixSocket.hangUp(FileDescriptor(owning: ours))
        #expect(read(peer) == "")
        close(peer)
    }

    @Test func descriptorsComeOutInOrderAndDrainingClosesThem() throws {
        let queue = try DescriptorQueue()
        var peers: [Int32] = []
        for index in 0..<250 {
            let (ours, peer) = try makePair()
            try queue.append(ours, slot: Slot(index), number: UInt64(index) + 1)
            close(ours)
            peers.append(peer)
        }
        var slots: [Slot] = []
        try queue.copies { _, slot, number in
            #expect(number == UInt64(slot) + 1)
            slots.append(slot)
        }
        #expect(slots == Array(0..<250))
        #expect(read(peers[0]) == nil)
        queue.drain()
        #expect(peers.allSatisfy { read($0) == "" })
        try queue.copies { _, _, _ in Issue.record("something is left") }
        for peer in peers { close(peer) }
    }

    @Test func aFullQueueThrows() throws {
        let queue = try DescriptorQueue()
        let (ours, peer) = try makePair()
        var count = 0
        let error = #expect(throws: SystemError.self) {
            while count < 10_000 {
                try queue.append(ours, slot: 0, number: 1)
                count += 1
            }
        }
        #expect(error?.isFull == true)
        // The descriptor stash relies on this number, with the kernel's default send buffer.
        #expect(count >= 250)
        close(ours)
        close(peer)
    }
}
