// A failed system call: what it was for, and its errno. Thrown by this target and handled by the direct caller.

internal import CLinux
internal import Glibc

/// A failed system call.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// errno(3).
    package let code: Int32
    /// What the call was for, as part of a sentence: "bind /run/x.sock".
    package let attempt: String

    /// - Parameters:
    ///   - code: errno(3).
    ///   - attempt: what the call was for, as part of a sentence.
    package init(code: Int32, attempt: String) {
        self.code = code
        self.attempt = attempt
    }

    /// Made from this thread's errno.
    static func last(_ attempt: @autoclosure () -> String) -> SystemError {
        SystemError(code: errno, attempt: attempt())
    }

    /// The C library's text for the code. strerror(3)
    package var reason: String { unsafe String(cString: strerror(code)) }

    package var description: String { "\(attempt): \(reason)" }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    package var isPermission: Bool { code == EACCES || code == EPERM }
    package var isNoSuchFile: Bool { code == ENOENT || code == ENOTDIR }
    package var isRefused: Bool { code == ECONNREFUSED }
    /// The time of SO_RCVTIMEO or SO_SNDTIMEO is over (socket(7)).
    package var isTimeout: Bool { code == EAGAIN }
    /// A socket's buffer is full.
    package var isFull: Bool { code == EAGAIN || code == ENOBUFS }
    /// This user has too many descriptors in flight (unix(7)).
    package var isTooManyReferences: Bool { code == ETOOMANYREFS }
    /// Another process has the lock of a file (flock(2)).
    package var isLocked: Bool { code == EWOULDBLOCK }
    package var isReadOnly: Bool { code == EROFS }
}

/// Repeats a system call while a signal interrupts it. Stops the program on EBADF (no open descriptor) and EFAULT (no mapped
/// address), which only a bug in this program can cause.
/// - Returns: the call's result; below 0 with errno set where it failed.
@inline(__always)
func retryingOnInterrupt(_ body: () -> Int) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code == EINTR { continue }
        precondition(code != EBADF && code != EFAULT, "a system call was given a bad descriptor or address")
        return result
    }
}
