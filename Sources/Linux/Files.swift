// What is done with files by their paths.

internal import CLinux
internal import Glibc

package enum Files {
    /// Bytes that are copied at once.
    private static let chunk = 1 << 20

    /// Copies the bytes of a file to a new one of mode 0600, and waits until they are on the disk.
    /// - Throws: where a file can't be opened, read or written.
    package static func copy(_ path: String, to new: String) throws(SystemError) {
        let input = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw .last("open \(path)") }
        let source = FileDescriptor(owning: input)
        let output = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .last("make \(new)") }
        let target = FileDescriptor(owning: output)
        var bytes = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = retryingOnInterrupt {
                unsafe bytes.withUnsafeMutableBytes { unsafe read(source.number, $0.baseAddress, $0.count) }
            }
            guard count >= 0 else { throw .last("read \(path)") }
            if count == 0 { break }
            var rest = bytes[..<count]
            while !rest.isEmpty {
                let written = retryingOnInterrupt {
                    unsafe rest.withUnsafeBytes { unsafe write(target.number, $0.baseAddress, $0.count) }
                }
                guard written > 0 else { throw .last("write \(new)") }
                rest = rest.dropFirst(written)
            }
        }
        guard fsync(target.number) == 0 else { throw .last("write \(new)") }
    }

    package struct Contents {
        package let bytes: [UInt8]
        /// Whether users may read it who are neither its owner nor in its group.
        package let isReadableByOthers: Bool
    }

    /// - Parameter limit: bytes; of a longer file there is at least one more. Only a regular file is read: nothing else ends for sure.
    package static func contents(of path: String, atMost limit: Int) throws(SystemError) -> Contents {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw .last("open \(path)") }
        let file = FileDescriptor(owning: number)
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else { throw .last("look at \(path)") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(code: EINVAL, attempt: "read \(path)") }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var filled = 0
        while filled < bytes.count {
            let count = retryingOnInterrupt {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe read(file.number, $0.baseAddress?.advanced(by: filled), $0.count - filled)
                }
            }
            guard count >= 0 else { throw .last("read \(path)") }
            if count == 0 { break }
            filled += count
        }
        return Contents(bytes: Array(bytes[..<filled]), isReadableByOthers: status.st_mode & S_IROTH != 0)
    }

    /// Gives a file to a user and a group. chown(2)
    package static func give(_ path: String, to user: UInt32, _ group: UInt32) throws(SystemError) {
        guard unsafe chown(path, user, group) == 0 else { throw .last("chown \(path)") }
    }

    /// Writes the names in a folder to the disk. fsync(2)
    package static func synchronizeFolder(_ path: String) {
        let number = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return }
        _ = fsync(number)
        _ = close(number)
    }

    /// The folder that a file is in.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether the file exists, and this user may not read and write it. access(2)
    package static func isDenied(_ path: String) -> Bool { unsafe access(path, R_OK | W_OK) != 0 && errno == EACCES }

    /// What a symbolic link leads to in the end; the path itself where that can't be found. realpath(3)
    package static func resolved(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
