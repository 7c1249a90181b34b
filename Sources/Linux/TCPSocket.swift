// TCP to this machine, as the load generator needs it behind a proxy; the daemon itself speaks no TCP. tcp(7).

internal import CLinux

package enum TCPSocket {
    /// Connects to a port of 127.0.0.1; waits until that is done.
    package static func connectHere(port: UInt16) throws(SystemError) -> FileDescriptor {
        let result = retryingOnInterrupt { Int(clinux_connect_loopback(port)) }
        guard result >= 0 else { throw .last("connect to port \(port)") }
        return FileDescriptor(owning: Int32(result))
    }
}
