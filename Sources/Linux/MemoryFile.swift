// Files in memory that are sealed against changes, for state that one process leaves to the next. memfd_create(2).

internal import CLinux
internal import Glibc

package enum MemoryFile {
    /// Makes a file of the bytes and seals it.
    /// - Parameter name: shown in /proc/PID/fd, for debugging.
    /// - Throws: where there is no descriptor or memory left.
    package static func sealed(_ bytes: [UInt8], name: String) throws(SystemError) -> FileDescriptor {
        let number = unsafe clinux_memory_file(name)
        guard number >= 0 else { throw .last("memfd_create") }
        let file = FileDescriptor(owning: number)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = retryingOnInterrupt {
                unsafe rest.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
            }
            guard count > 0 else { throw .last("write to a memory file") }
            rest = rest.dropFirst(count)
        }
        guard clinux_seal(number) == 0 else { throw .last("seal a memory file") }
        return file
    }

    /// All bytes of a sealed file; nil where the file is not sealed or can't be read.
    package static func contents(of file: borrowing FileDescriptor) -> [UInt8]? {
        var status = stat()
        guard clinux_is_sealed(file.number) == 1, unsafe fstat(file.number, &status) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let count = retryingOnInterrupt {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe pread(file.number, $0.baseAddress?.advanced(by: done), $0.count - done, done)
                }
            }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }
}
