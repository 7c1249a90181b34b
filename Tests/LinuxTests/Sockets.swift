// Sockets for the tests: a folder of its own, and both ends of a connection.

import Glibc
import Linux
import Testing

/// A path for a socket in a new folder.
func temporaryPath() throws -> String {
    var template = Array("/tmp/chatrelay-test-XXXXXX".utf8CString)
    let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return false }
        return unsafe mkdtemp(start) != nil
    }
    try #require(isMade)
    return template.dropLast().map { String(UnicodeScalar(UInt8($0))) }.joined() + "/s"
}

/// Reads what there is, up to a megabyte; nil at the end of the stream.
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
