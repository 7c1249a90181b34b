import Glibc
import Linux
import Testing

@Suite struct ConnectionPollerTests {
    /// A poller, and the peers of its connections in the order of their slots.
    private struct Connections: ~Copyable {
        var poller: ConnectionPoller
        var peers: [PeerSocket] = []
        var slots: [Slot] = []
        let listener: FileDescriptor
        let socketPath: TemporaryPath

        private init(_ poller: consuming ConnectionPoller, _ listener: consuming FileDescriptor, _ path: TemporaryPath)
        {
            self.poller = poller
            self.listener = listener
            self.socketPath = path
        }

        static func with(_ count: Int) throws -> Connections {
            let socketPath = TemporaryPath()
            let listener = try UnixSocket.listen(path: socketPath.path, backlog: 64)
            var all = Connections(try ConnectionPoller(batch: 16), listener, socketPath)
            for _ in 0..<count { try all.connect() }
            return all
        }

        mutating func connect() throws {
            peers.append(PeerSocket(try UnixSocket.connect(path: socketPath.path)))
            guard case .connection(let socket) = UnixSocket.accept(listener) else { return }
            let slot = try poller.insert(socket)
            slots.append(slot)
        }
    }

    private final class PeerSocket {
        var socket: FileDescriptor?
        init(_ socket: consuming FileDescriptor) { self.socket = consume socket }
        func read() -> [UInt8]? {
            guard let taken = socket.take() else { return nil }
            let bytes = readAll(taken)
            socket = consume taken
            return bytes
        }
    }

    @Test func aBroadcastSkipsSlotsWithAvoidedFlags() throws {
        var all = try Connections.with(4)
        all.poller.set(.queued, 1, to: true)
        all.poller.set(.inSeveralRooms, 2, to: true)
        var remainders: [ConnectionPoller.Remainder] = []
        all.poller.broadcast([1, 2, 3], to: [0, 1, 2, 3], avoid: [.queued, .sessionBatch], remainders: &remainders)
        #expect(all.peers.map { $0.read() } == [[1, 2, 3], [], [1, 2, 3], [1, 2, 3]])
        #expect(remainders.map(\.slot) == [1])
        #expect(remainders.map(\.written) == [-1])
        #expect(all.poller.writes == 3 && all.poller.bytesWritten == 9)
    }

    @Test func bytesThatThePeerHasNotReadAreSeen() throws {
        var all = try Connections.with(1)
        var isUnread = [all.poller.isUnread(0)]
        var remainders: [ConnectionPoller.Remainder] = []
        all.poller.broadcast([1, 2, 3], to: [0], avoid: [.queued, .sessionBatch], remainders: &remainders)
        isUnread.append(all.poller.isUnread(0))
        #expect(all.peers.map { $0.read() } == [[1, 2, 3]])
        isUnread.append(all.poller.isUnread(0))
        #expect(isUnread == [false, true, false])
    }

    @Test func aPeerThatDoesNotReadTakesLessThanAll() throws {
        var all = try Connections.with(1)
        let chunk = [UInt8](repeating: 7, count: 1 << 19)
        var remainders: [ConnectionPoller.Remainder] = []
        all.poller.broadcast(chunk, to: [0], avoid: [], remainders: &remainders)
        let first = try #require(remainders.first).written
        #expect(first > 0 && first < chunk.count)
        all.poller.awaitWriting(0, true)
        var ready: [Readiness] = []
        all.poller.poll(into: &ready)
        #expect(ready.filter(\.writable).isEmpty)
        #expect(all.peers[0].read()?.count == first)
        all.poller.poll(into: &ready)
        #expect(ready.map(\.writable) == [true])
        let second = all.poller.write(0, chunk, first..<first + 10)
        #expect(second == .bytes(10))
        #expect(all.poller.bytesWritten == UInt64(first) + 10)
    }

    @Test func aClosedConnectionIsReported() throws {
        var all = try Connections.with(1)
        all.peers[0].socket = nil
        var buffer = [UInt8](repeating: 0, count: 16)
        let written = all.poller.write(0, [1], 0..<1)
        let read = all.poller.read(0, into: &buffer)
        #expect(written == .gone)
        #expect(read == .ended)
        var remainders: [ConnectionPoller.Remainder] = []
        all.poller.broadcast([1], to: [0], avoid: [], remainders: &remainders)
        #expect(remainders.map(\.written) == [0])
    }

    /// While a copy of the descriptor is open, epoll still reports the connection with its former slot.
    @Test func anEventOfAFormerConnectionIsDropped() throws {
        var all = try Connections.with(0)
        let client = try UnixSocket.connect(path: all.socketPath.path)
        guard case .connection(let socket) = UnixSocket.accept(all.listener) else { throw CancellationError() }
        let copy = FileDescriptor(owning: dup(socket.number))
        let slot = try all.poller.insert(socket)
        all.poller.remove(slot)
        try all.connect()
        _ = unsafe send(client.number, "x", 1, 0)
        var ready: [Readiness] = []
        all.poller.poll(into: &ready)
        #expect(ready.isEmpty)
        _ = copy.number
    }

    @Test func aSlotIsReusedWithAnotherGeneration() throws {
        var all = try Connections.with(2)
        let before = all.poller.generation(0)
        all.poller.set(.queued, 0, to: true)
        all.poller.remove(0)
        let (isOpen, count) = (all.poller.isOpen(0), all.poller.count)
        #expect(!isOpen && count == 1)
        #expect(all.peers[0].read() == nil)
        try all.connect()
        let (isOpenAgain, generation) = (all.poller.isOpen(0), all.poller.generation(0))
        #expect(isOpenAgain && generation == before + 1)
        let isQueued = all.poller.has(.queued, 0)
        #expect(!isQueued)
        let written = all.poller.write(0, [9], 0..<1)
        #expect(written == .bytes(1))
        #expect(all.peers[2].read() == [9])
    }

    @Test func aConnectionThatIsKeptElsewhereEnds() throws {
        var all = try Connections.with(1)
        let copy = FileDescriptor(owning: dup(all.poller.number(0)))
        all.poller.remove(0, isKept: true)
        #expect(all.peers[0].read() == nil)
        var ready: [Readiness] = []
        all.poller.poll(into: &ready)
        #expect(ready.isEmpty && copy.number > 2)
    }

    @Test func slotsBelowAnAppendedOneAreFree() throws {
        var all = try Connections.with(0)
        let client = try UnixSocket.connect(path: all.socketPath.path)
        guard case .connection(let socket) = UnixSocket.accept(all.listener) else { throw CancellationError() }
        try all.poller.append(socket, at: 2)
        let (first, second, third) = (all.poller.isOpen(0), all.poller.isOpen(1), all.poller.isOpen(2))
        #expect(!first && !second && third)
        _ = unsafe send(client.number, "x", 1, 0)
        var ready: [Readiness] = []
        all.poller.poll(into: &ready)
        #expect(ready.map(\.slot) == [2] && ready.map(\.readable) == [true])
        for _ in 0..<3 { try all.connect() }
        #expect(all.slots.sorted() == [0, 1, 3] && all.poller.count == 4)
    }
}
