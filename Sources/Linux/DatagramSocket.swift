// A Unix datagram socket that never waits. unix(7).

internal import CLinux
internal import Glibc

package struct DatagramSocket: ~Copyable {
    private let socket: FileDescriptor

    /// - Parameter address: the peer's path, or an abstract name after "@".
    /// - Throws: where the peer does not exist, or no descriptor is left.
    package init(connectedTo address: String) throws(SystemError) {
        let number = unsafe clinux_connect_datagram(address)
        guard number >= 0 else { throw .last("connect to \(address)") }
        socket = FileDescriptor(owning: number)
    }

    /// Sends one datagram.
    /// - Parameter descriptor: a copy of it goes with the datagram; nil for none.
    /// - Throws: `isFull` where the peer has not read enough of the earlier ones; else another error of sendmsg(2).
    package func send(_ text: String, with descriptor: Int32? = nil) throws(SystemError) {
        let bytes = Array(text.utf8)
        let result = retryingOnInterrupt {
            unsafe bytes.withUnsafeBytes { bytes in
                if let descriptor {
                    unsafe clinux_send_descriptor(socket.number, bytes.baseAddress, bytes.count, descriptor)
                } else {
                    unsafe Glibc.send(socket.number, bytes.baseAddress, bytes.count, noSignal)
                }
            }
        }
        guard result >= 0 else { throw .last("send a datagram") }
    }
}
