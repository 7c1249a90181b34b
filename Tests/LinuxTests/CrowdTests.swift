import Glibc
import Linux
import Testing

@Suite struct CrowdTests {
    /// A crowd and its peers, each at the index of its slot.
    private struct Room: ~Copyable {
        var crowd: Crowd
        var peers: [Peer] = []
        let listener: FileDescriptor
        let scratch: Scratch

        private init(_ crowd: consuming Crowd, _ listener: consuming FileDescriptor, _ scratch: Scratch) {
            self.crowd = crowd
            self.listener = listener
            self.scratch = scratch
        }

        static func with(_ count: Int) throws -> Room {
            let scratch = Scratch()
            let listener = try UnixSocket.listen(path: scratch.path, backlog: 64)
            var room = Room(try Crowd(batch: 16), listener, scratch)
            for _ in 0..<count { try room.enter() }
            return room
        }

        mutating func enter() throws {
            peers.append(Peer(try UnixSocket.connect(path: scratch.path)))
            guard case .connection(let socket) = UnixSocket.accept(listener) else { return }
            let slot = try crowd.insert(socket)
            #expect(Int(slot) == peers.count - 1 || Int(slot) < peers.count)
        }
    }

    private final class Peer {
        var socket: FileDescriptor?
        init(_ socket: consuming FileDescriptor) { self.socket = consume socket }
        func read() -> [UInt8]? {
            guard let taken = socket.take() else { return nil }
            let bytes = readAll(taken)
            socket = consume taken
            return bytes
        }
    }

    @Test func aBroadcastReachesAllButTheMarked() throws {
        var room = try Room.with(4)
        room.crowd.set(.queued, 1, to: true)
        room.crowd.set(.several, 2, to: true)
        var remainders: [Crowd.Remainder] = []
        room.crowd.broadcast([1, 2, 3], to: [0, 1, 2, 3], avoid: [.queued, .special], remainders: &remainders)
        #expect(room.peers.map { $0.read() } == [[1, 2, 3], [], [1, 2, 3], [1, 2, 3]])
        #expect(remainders.map(\.slot) == [1])
        #expect(remainders.map(\.written) == [-1])
        #expect(room.crowd.writes == 3 && room.crowd.bytesWritten == 9)
    }

    @Test func whatAPeerHasStillToReadIsSeen() throws {
        var room = try Room.with(1)
        var isUnread = [room.crowd.isUnread(0)]
        var remainders: [Crowd.Remainder] = []
        room.crowd.broadcast([1, 2, 3], to: [0], avoid: [.queued, .special], remainders: &remainders)
        isUnread.append(room.crowd.isUnread(0))
        #expect(room.peers.map { $0.read() } == [[1, 2, 3]])
        isUnread.append(room.crowd.isUnread(0))
        #expect(isUnread == [false, true, false])
    }

    @Test func aPeerThatDoesNotReadTakesLessThanAll() throws {
        var room = try Room.with(1)
        let chunk = [UInt8](repeating: 7, count: 1 << 19)
        var remainders: [Crowd.Remainder] = []
        room.crowd.broadcast(chunk, to: [0], avoid: [], remainders: &remainders)
        let first = try #require(remainders.first).written
        #expect(first > 0 && first < chunk.count)
        room.crowd.awaitWriting(0, true)
        var ready: [Readiness] = []
        room.crowd.poll(into: &ready)
        #expect(ready.filter(\.writable).isEmpty)
        #expect(room.peers[0].read()?.count == first)
        room.crowd.poll(into: &ready)
        #expect(ready.map(\.writable) == [true])
        let second = room.crowd.write(0, chunk, first..<first + 10)
        #expect(second == .bytes(10))
        #expect(room.crowd.bytesWritten == UInt64(first) + 10)
    }

    @Test func aPeerThatIsGoneIsToldApart() throws {
        var room = try Room.with(1)
        room.peers[0].socket = nil
        var buffer = [UInt8](repeating: 0, count: 16)
        let written = room.crowd.write(0, [1], 0..<1)
        let read = room.crowd.read(0, into: &buffer)
        #expect(written == .gone)
        #expect(read == .ended)
        var remainders: [Crowd.Remainder] = []
        room.crowd.broadcast([1], to: [0], avoid: [], remainders: &remainders)
        #expect(remainders.map(\.written) == [0])
    }

    /// While somebody else has the socket open too, epoll goes on telling of it under the slot that it had.
    @Test func whatEpollTellsOfAFormerConnectionIsNotPassedOn() throws {
        var room = try Room.with(0)
        let client = try UnixSocket.connect(path: room.scratch.path)
        guard case .connection(let socket) = UnixSocket.accept(room.listener) else { throw CancellationError() }
        let copy = FileDescriptor(owning: dup(socket.number))
        let slot = try room.crowd.insert(socket)
        room.crowd.remove(slot)
        try room.enter()
        _ = unsafe send(client.number, "x", 1, 0)
        var ready: [Readiness] = []
        room.crowd.poll(into: &ready)
        #expect(ready.isEmpty)
        _ = copy.number
    }

    @Test func aSlotIsReusedWithAnotherGeneration() throws {
        var room = try Room.with(2)
        let before = room.crowd.generation(0)
        room.crowd.set(.queued, 0, to: true)
        room.crowd.remove(0)
        let (isOpen, count) = (room.crowd.isOpen(0), room.crowd.count)
        #expect(!isOpen && count == 1)
        #expect(room.peers[0].read() == nil)
        try room.enter()
        let (isOpenAgain, generation) = (room.crowd.isOpen(0), room.crowd.generation(0))
        #expect(isOpenAgain && generation == before + 1)
        let isQueued = room.crowd.has(.queued, 0)
        #expect(!isQueued)
        let written = room.crowd.write(0, [9], 0..<1)
        #expect(written == .bytes(1))
        #expect(room.peers[2].read() == [9])
    }
}
