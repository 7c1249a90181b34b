// TCP connections to this machine, for the load generator behind a proxy. The daemon itself uses no TCP. tcp(7).

internal import CLinux

package enum TCPSocket {
    /// Connects to a port of 127.0.0.1, and waits for the connection.
    /// - Returns: a non-blocking socket.
    /// - Throws: where the connection is refused or no descriptor is left.
    package static func connectHere(port: UInt16) throws(SystemError) -> FileDescriptor {
        let result = retryingOnInterrupt { Int(clinux_connect_loopback(port)) }
        guard result >= 0 else { throw .last("connect to port \(port)") }
        return FileDescriptor(owning: Int32(result))
    }
}
