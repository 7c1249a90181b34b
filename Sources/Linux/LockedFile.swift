// A file that one process at a time has: its lock (flock(2)), and an extended attribute, which stays with the file and is not part of
// its contents (xattr(7)).

internal import CLinux
internal import Glibc

/// Which file a path leads to.
package struct FileIdentity: Equatable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    /// The user and the group that it belongs to.
    package let user: UInt32
    package let group: UInt32

    /// - Returns: nil where there is no such file, or it can't be looked at. stat(2)
    package init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    fileprivate init(_ status: stat) {
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        (user, group) = (status.st_uid, status.st_gid)
    }

    package static func == (one: FileIdentity, other: FileIdentity) -> Bool {
        one.device == other.device && one.inode == other.inode
    }
}

/// The lock ends with this object, at an execve(2), and with the process.
package final class LockedFile {
    package let path: String
    package let identity: FileIdentity
    private let file: FileDescriptor

    /// Milliseconds between two attempts to lock a file.
    private static let retryMilliseconds: UInt32 = 10

    /// Opens a file for reading and writing, and locks it.
    /// - Parameters:
    ///   - creates: whether a missing file is made, of mode 0600.
    ///   - milliseconds: how long to wait for another process, which may be ending.
    /// - Throws: `isLocked` where another process has the lock; else where the file can't be opened (open(2)).
    package convenience init(_ path: String, creates: Bool = true, milliseconds: Int64) throws(SystemError) {
        let end = Clock.monotonic + milliseconds
        while true {
            let number = unsafe open(path, O_RDWR | O_CLOEXEC | (creates ? O_CREAT : 0), 0o600)
            guard number >= 0 else { throw .last("open \(path)") }
            let file = FileDescriptor(owning: number)
            var status = stat()
            guard unsafe fstat(number, &status) == 0 else { throw .last("fstat \(path)") }
            let identity = FileIdentity(status)
            if clinux_lock(number) == 0 {
                // The process that had the lock may have put another file in its place.
                if FileIdentity(path) == identity {
                    self.init(path, identity, file)
                    return
                }
            } else if errno != EWOULDBLOCK || Clock.monotonic >= end {
                throw .last("lock \(path)")
            }
            usleep(LockedFile.retryMilliseconds * 1_000)
        }
    }

    private init(_ path: String, _ identity: FileIdentity, _ file: consuming FileDescriptor) {
        self.path = path
        self.identity = identity
        self.file = file
    }

    /// Whether the path still leads to this file.
    package var isInPlace: Bool { FileIdentity(path) == identity }

    /// Up to `count` bytes from the beginning.
    package func head(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = retryingOnInterrupt {
            unsafe bytes.withUnsafeMutableBytes { unsafe pread(file.number, $0.baseAddress, $0.count, 0) }
        }
        return Array(bytes.prefix(max(read, 0)))
    }

    /// - Returns: the attribute's value; nil where the file has none, or the file system keeps none.
    package func attribute(_ name: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe clinux_attribute(file.number, name, $0.baseAddress, $0.count)
        }
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// - Returns: whether the file has the attribute now; false also where the file system keeps none.
    @discardableResult
    package func setAttribute(_ name: String, _ value: [UInt8]) -> Bool {
        unsafe value.withUnsafeBytes { unsafe clinux_set_attribute(file.number, name, $0.baseAddress, $0.count) } == 0
    }

    /// The attribute of a file that another process may have locked.
    package static func attribute(_ name: String, of path: String) -> [UInt8]? {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        guard let identity = FileIdentity(path) else {
            _ = close(number)
            return nil
        }
        return LockedFile(path, identity, FileDescriptor(owning: number)).attribute(name)
    }

    /// Writes the file and its attributes to the disk. fsync(2)
    package func synchronize() { _ = fsync(file.number) }
}
