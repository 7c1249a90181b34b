import Glibc
import Linux
import Testing

@Suite struct UnixSocketTests {
    private let socketPath = TemporaryPath()

    @Test func connectionsAreAcceptedInOrder() throws {
        let path = socketPath.path
        let listener = try UnixSocket.listen(path: path, backlog: 8)
        let client = try UnixSocket.connect(path: path)
        guard case .connection(let server) = UnixSocket.accept(listener) else {
            Issue.record("no connection was accepted")
            return
        }
        _ = unsafe send(server.number, "x", 1, 0)
        #expect(readAll(client) == [UInt8(ascii: "x")])
        #expect(UnixSocket.peerProcess(of: client) == getpid() && UnixSocket.peerUser(of: client) == geteuid())
        #expect(UnixSocket.path(of: listener) == path)
        guard case .none = UnixSocket.accept(listener) else {
            Issue.record("a second connection was accepted")
            return
        }
    }

    @Test func aStaleSocketIsReplacedAndOneInUseIsNot() throws {
        let path = socketPath.path
        do { _ = try UnixSocket.listen(path: path, backlog: 8) }
        let listener = try UnixSocket.listen(path: path, backlog: 8)
        #expect(UnixSocket.fault(ofListener: listener) == nil)
        do {
            _ = try UnixSocket.listen(path: path, backlog: 8)
            Issue.record("two listeners on one path")
        } catch {
            #expect(error.isAddressInUse)
        }
    }

    @Test func anExchangeReadsToTheEndOfTheAnswer() throws {
        let path = socketPath.path
        let listener = try UnixSocket.listen(path: path, backlog: 8)
        _ = fcntl(listener.number, F_SETFL, 0)
        let number = listener.number
        let answer = [UInt8](repeating: 7, count: 200_000)
        let server = try Thread(name: "test") {
            // accept(2) makes a blocking socket, which sends the whole answer.
            let socket = FileDescriptor(owning: accept(number, nil, nil))
            var buffer = [UInt8](repeating: 0, count: 8)
            guard unsafe recv(socket.number, &buffer, 8, 0) == 5 else { return }
            _ = unsafe send(socket.number, answer, answer.count, Int32(MSG_NOSIGNAL))
        }
        #expect(try UnixSocket.exchange(path: path, request: Array("hello".utf8), seconds: 10) == answer)
        server.join()
    }

    @Test func anExchangeWithoutAnAnswerTimesOut() throws {
        let listener = try UnixSocket.listen(path: socketPath.path, backlog: 8)
        let error = #expect(throws: SystemError.self) {
            try UnixSocket.exchange(path: socketPath.path, request: [1], seconds: 1)
        }
        #expect(error?.isTimeout == true && listener.number > 2)
        let refused = #expect(throws: SystemError.self) {
            try UnixSocket.exchange(path: socketPath.path + "-none", request: [1], seconds: 1)
        }
        #expect(refused?.isNoSuchFile == true)
    }

    @Test func errorsSayWhatWasTried() throws {
        let long = "/tmp/" + String(repeating: "x", count: 103)
        for (path, code) in [("/nowhere/s", ENOENT), (long, ENAMETOOLONG)] {
            do {
                _ = try UnixSocket.listen(path: path, backlog: 8)
                Issue.record("\(path) was bound")
            } catch {
                #expect(error == SystemError(code: code, attempt: "bind \(path)"))
                #expect(error.description.hasPrefix("bind \(path): "))
            }
        }
    }

    @Test func aSocketThatIsNoListenerIsRefused() throws {
        func fault(_ number: Int32) -> String? { UnixSocket.fault(ofListener: FileDescriptor(owning: number)) }
        let stream = Int32(SOCK_STREAM.rawValue)
        #expect(fault(unsafe open("/dev/null", O_RDONLY)) == "it is not a socket")
        #expect(fault(socket(AF_INET, stream, 0)) == "it is not a Unix socket (AF_UNIX)")
        #expect(fault(socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)) == "it is not a stream socket (SOCK_STREAM)")
        #expect(fault(socket(AF_UNIX, stream, 0)) == "it does not listen")
    }
}
