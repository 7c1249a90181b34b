// An event descriptor, with which one thread wakes another. eventfd(2).

internal import CLinux
internal import Glibc

/// A counter of signals in the kernel; its descriptor is readable while there are any. Safe to use from several threads.
package struct EventFD: ~Copyable, Sendable {
    private let counter: FileDescriptor

    /// - Throws: where there is no descriptor left.
    package init() throws(SystemError) {
        let number = clinux_eventfd()
        guard number >= 0 else { throw .last("eventfd") }
        counter = FileDescriptor(owning: number)
    }

    /// The descriptor, for an event loop to watch for reading.
    package var descriptor: Int32 { counter.number }

    /// Makes the descriptor readable, which ends a `wait` in progress or the next one.
    package func signal() {
        var one: UInt64 = 1
        // Fails only at a count of 2^64 - 2, where the descriptor is readable anyway.
        _ = retryingOnInterrupt { unsafe write(counter.number, &one, 8) }
    }

    /// Waits for a signal, and clears all signals. Returns at once where there was one since the last `wait` or `clear`.
    /// - Parameter milliseconds: the longest wait; nil for no limit.
    package func wait(milliseconds: Int32? = nil) {
        var event = pollfd(fd: counter.number, events: Int16(POLLIN), revents: 0)
        _ = retryingOnInterrupt { Int(unsafe poll(&event, 1, milliseconds ?? -1)) }
        clear()
    }

    /// Clears the signals so far: the descriptor is not readable until the next one.
    package func clear() {
        var count: UInt64 = 0
        _ = retryingOnInterrupt { unsafe read(counter.number, &count, 8) }
    }
}
