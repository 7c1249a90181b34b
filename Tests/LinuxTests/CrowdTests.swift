import Linux
import Testing

@Suite struct CrowdTests {
    /// A crowd and its peers, each at the index of its slot.
    private struct Room: ~Copyable {
        var crowd: Crowd
        var peers: [Peer] = []
        let listener: FileDescriptor
        let path: String

        init(_ count: Int) throws {
            crowd = try Crowd(batch: 16)
            path = try temporaryPath()
            listener = try UnixSocket.listen(path: path, backlog: 64)
            for _ in 0..<count { try enter() }
        }

        mutating func enter() throws {
            peers.append(Peer(try UnixSocket.connect(path: path)))
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
        var room = try Room(4)
        room.crowd.set(.queued, 1, to: true)
        room.crowd.set(.several, 2, to: true)
        var remainders: [Crowd.Remainder] = []
        room.crowd.broadcast([1, 2, 3], to: [0, 1, 2, 3], avoid: [.queued, .special], remainders: &remainders)
        #expect(room.peers.map { $0.read() } == [[1, 2, 3], [], [1, 2, 3], [1, 2, 3]])
        #expect(remainders.map(\.slot) == [1])
        #expect(remainders.map(\.written) == [-1])
        #expect(room.crowd.writes == 3)
        #expect(room.crowd.bytesOut == 9)
    }

    @Test func aPeerThatDoesNotReadTakesLessThanAll() throws {
        var room = try Room(1)
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
        #expect(room.crowd.write(0, chunk, first..<first + 10) == .bytes(10))
    }

    @Test func aPeerThatIsGoneIsToldApart() throws {
        var room = try Room(1)
        room.peers[0].socket = nil
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(room.crowd.write(0, [1], 0..<1) == .gone)
        #expect(room.crowd.read(0, into: &buffer) == .ended)
    }

    @Test func aSlotIsReusedWithAnotherGeneration() throws {
        var room = try Room(2)
        let before = room.crowd.generation(0)
        room.crowd.set(.queued, 0, to: true)
        room.crowd.remove(0)
        #expect(!room.crowd.isOpen(0) && room.crowd.count == 1)
        #expect(room.peers[0].read() == nil)
        try room.enter()
        #expect(room.crowd.isOpen(0) && room.crowd.generation(0) == before + 1)
        #expect(!room.crowd.has(.queued, 0))
        #expect(room.crowd.write(0, [9], 0..<1) == .bytes(1))
        #expect(room.peers[2].read() == [9])
    }
}
