import Glibc
import Linux
import Testing

@Suite struct TCPSocketTests {
    @Test func aConnectionIsNonBlockingAndARefusalIsNamed() throws {
        let listener = FileDescriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = listener.number
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let isBound = unsafe bind(number, address, size) == 0
                return unsafe isBound && getsockname(number, address, &size) == 0
            }
        }
        try #require(result)
        let port = UInt16(bigEndian: address.sin_port)
        let refused = #expect(throws: SystemError.self) { _ = try TCPSocket.connectHere(port: port) }
        #expect(refused?.isRefused == true)
        try #require(listen(number, 1) == 0)
        let client = try TCPSocket.connectHere(port: port)
        #expect(readAll(client) == [])
    }
}
