import Glibc
import Linux
import Testing

@Suite struct ConnectionPollerTests {
    /// A crowd and its peers, each at the index of its slot.
    private struct Room: ~Copyable {
        var poller: ConnectionPoller
        var peers: [Peer] = []
        let listener: FileDescriptor
        let scratch: Scratch

        private init(_ poller: consuming ConnectionPoller, _ listener: consuming FileDescriptor, _ scratch: Scratch) {
            self.poller = poller
            self.listener = listener
            self.scratch = scratch
        }

        static func with(_ count: Int) throws -> Room {
            let scratch = Scratch()
            let listener = try UnixSocket.listen(path: scratch.path, backlog: 64)
            var room = Room(try ConnectionPoller(batch: 16), listener, scratch)
            for _ in 0..<count { try room.enter() }
            return room
        }

        mutating func enter() throws {
            peers.append(Peer(try UnixSocket.connect(path: scratch.path)))
            guard case .connection(let socket) = UnixSocket.accept(listener) else { return }
            let slot = try poller.insert(socket)
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
        room.poller.set(.queued, 1, to: true)
        room.poller.set(.inSeveralRooms, 2, to: true)
        var remainders: [ConnectionPoller.Remainder] = []
        room.poller.broadcast([1, 2, 3], to: [0, 1, 2, 3], avoid: [.queued, .sessionBatch], remainders: &remainders)
        #expect(room.peers.map { $0.read() } == [[1, 2, 3], [], [1, 2, 3], [1, 2, 3]])
        #expect(remainders.map(\.slot) == [1])
        #expect(remainders.map(\.written) == [-1])
        #expect(room.poller.writes == 3 && room.poller.bytesWritten == 9)
    }

    @Test func whatAPeerHasStillToReadIsSeen() throws {
        var room = try Room.with(1)
        var isUnread = [room.poller.isUnread(0)]
        var remainders: [ConnectionPoller.Remainder] = []
        room.poller.broadcast([1, 2, 3], to: [0], avoid: [.queued, .sessionBatch], remainders: &remainders)
        isUnread.append(room.poller.isUnread(0))
        #expect(room.peers.map { $0.read() } == [[1, 2, 3]])
        isUnread.append(room.poller.isUnread(0))
        #expect(isUnread == [false, true, false])
    }

    @Test func aPeerThatDoesNotReadTakesLessThanAll() throws {
        var room = try Room.with(1)
        let chunk = [UInt8](repeating: 7, count: 1 << 19)
        var remainders: [ConnectionPoller.Remainder] = []
        room.poller.broadcast(chunk, to: [0], avoid: [], remainders: &remainders)
        let first = try #require(remainders.first).written
        #expect(first > 0 && first < chunk.count)
        room.poller.awaitWriting(0, true)
        var ready: [Readiness] = []
        room.poller.poll(into: &ready)
        #expect(ready.filter(\.writable).isEmpty)
        #expect(room.peers[0].read()?.count == first)
        room.poller.poll(into: &ready)
        #expect(ready.map(\.writable) == [true])
        let second = room.poller.write(0, chunk, first..<first + 10)
        #expect(second == .bytes(10))
        #expect(room.poller.bytesWritten == UInt64(first) + 10)
    }

    @Test func aPeerThatIsGoneIsToldApart() throws {
        var room = try Room.with(1)
        room.peers[0].socket = nil
        var buffer = [UInt8](repeating: 0, count: 16)
        let written = room.poller.write(0, [1], 0..<1)
        let read = room.poller.read(0, into: &buffer)
        #expect(written == .gone)
        #expect(read == .ended)
        var remainders: [ConnectionPoller.Remainder] = []
        room.poller.broadcast([1], to: [0], avoid: [], remainders: &remainders)
        #expect(remainders.map(\.written) == [0])
    }

    /// While somebody else has the socket open too, epoll goes on telling of it under the slot that it had.
    @Test func whatEpollTellsOfAFormerConnectionIsNotPassedOn() throws {
        var room = try Room.with(0)
        let client = try UnixSocket.connect(path: room.scratch.path)
        guard case .connection(let socket) = UnixSocket.accept(room.listener) else { throw CancellationError() }
        let copy = FileDescriptor(owning: dup(socket.number))
        let slot = try room.poller.insert(socket)
        room.poller.remove(slot)
        try room.enter()
        _ = unsafe send(client.number, "x", 1, 0)
        var ready: [Readiness] = []
        room.poller.poll(into: &ready)
        #expect(ready.isEmpty)
        _ = copy.number
    }

    @Test func aSlotIsReusedWithAnotherGeneration() throws {
        var room = try Room.with(2)
        let before = room.poller.generation(0)
        room.poller.set(.queued, 0, to: true)
        room.poller.remove(0)
        let (isOpen, count) = (room.poller.isOpen(0), room.poller.count)
        #expect(!isOpen && count == 1)
        #expect(room.peers[0].read() == nil)
        try room.enter()
        let (isOpenAgain, generation) = (room.poller.isOpen(0), room.poller.generation(0))
        #expect(isOpenAgain && generation == before + 1)
        let isQueued = room.poller.has(.queued, 0)
        #expect(!isQueued)
        let written = room.poller.write(0, [9], 0..<1)
        #expect(written == .bytes(1))
        #expect(room.peers[2].read() == [9])
    }
}
