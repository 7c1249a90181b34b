// What the kernel refused: the call, its subject and errno. Thrown by this room; the direct caller handles it.

internal import CLinux
internal import Glibc

/// A failed system call.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// errno(3).
    package let code: Int32
    /// What was tried, for a sentence: "bind /run/x.sock".
    package let attempt: String

    package init(code: Int32, attempt: String) {
        self.code = code
        self.attempt = attempt
    }

    /// From errno as the last call on this thread left it.
    static func last(_ attempt: @autoclosure () -> String) -> SystemError {
        SystemError(code: errno, attempt: attempt())
    }

    /// The C library's words for the code.
    package var reason: String { unsafe String(cString: strerror(code)) }

    package var description: String { "\(attempt): \(reason)" }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    package var isPermission: Bool { code == EACCES || code == EPERM }
    package var isNoSuchFile: Bool { code == ENOENT || code == ENOTDIR }
    package var isRefused: Bool { code == ECONNREFUSED }
    /// Nothing came in time (SO_RCVTIMEO).
    package var isTimeout: Bool { code == EAGAIN }
    /// There is no room now (a full queue).
    package var isFull: Bool { code == EAGAIN || code == ENOBUFS }
    /// Too many of this user's descriptors are in flight (unix(7)).
    package var isTooManyReferences: Bool { code == ETOOMANYREFS }
    package var isReadOnly: Bool { code == EROFS }
}

/// The one place that repeats a call a signal interrupted, and that stops the program where the arguments can only be a
/// bug of ours (a descriptor that is not open, an address that is not mapped).
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
