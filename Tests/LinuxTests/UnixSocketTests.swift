import Glibc
import Linux
import Testing

@Suite struct UnixSocketTests {
    private let scratch = Scratch()

    @Test func connectionsAreAcceptedInOrder() throws {
        let path = scratch.path
        let listener = try UnixSocket.listen(path: path, backlog: 8)
        let client = try UnixSocket.connect(path: path)
        guard case .connection(let server) = UnixSocket.accept(listener) else {
            Issue.record("nobody came")
            return
        }
        _ = unsafe send(server.number, "x", 1, 0)
        #expect(readAll(client) == [UInt8(ascii: "x")])
        #expect(UnixSocket.peerProcess(of: client) == getpid())
        guard case .none = UnixSocket.accept(listener) else {
            Issue.record("somebody came who does not exist")
            return
        }
    }

    @Test func aDescriptorIsClosedWithItsOwner() throws {
        let path = scratch.path
        let listener = try UnixSocket.listen(path: path, backlog: 8)
        let client = try UnixSocket.connect(path: path)
        do { _ = UnixSocket.accept(listener) }
        #expect(readAll(client) == nil)
    }

    @Test func aStaleSocketIsReplacedAndOneInUseIsNot() throws {
        let path = scratch.path
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

    @Test func whatIsNoListenerIsNamed() throws {
        func fault(_ number: Int32) -> String? { UnixSocket.fault(ofListener: FileDescriptor(owning: number)) }
        let stream = Int32(SOCK_STREAM.rawValue)
        #expect(fault(unsafe open("/dev/null", O_RDONLY)) == "it is not a socket")
        #expect(fault(socket(AF_INET, stream, 0)) == "it is not a Unix socket (AF_UNIX)")
        #expect(fault(socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)) == "it is not a stream socket (SOCK_STREAM)")
        #expect(fault(socket(AF_UNIX, stream, 0)) == "it does not listen")
    }
}
