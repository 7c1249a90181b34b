// Shared by the tests of this target: a temporary path, and the bytes that a socket has.

import Glibc
import Linux

/// A path for a file or socket, which is deleted with its owner.
final class TemporaryPath: Sendable {
    let path = "/tmp/chatrelay-test-\(UInt64.random(in: 0...UInt64.max))"
    deinit { _ = unsafe unlink(path) }
}

/// Reads the bytes that are there, up to a megabyte; nil at the end of the stream.
func readAll(_ socket: borrowing FileDescriptor) -> [UInt8]? {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while result.count < 1 << 20 {
        let count = unsafe recv(socket.number, &buffer, buffer.count, 0)
        if count == 0 { return result.isEmpty ? nil : result }
        if count < 0 { return result }
        result += buffer[..<count]
    }
    return result
}
