// A descriptor by which one thread wakes another. eventfd(2).

internal import CLinux
internal import Glibc

/// A counter that is readable while it is above zero. May be used by several threads.
package struct EventFD: ~Copyable, Sendable {
    private let counter: FileDescriptor

    package init() throws(SystemError) {
        let number = clinux_eventfd()
        guard number >= 0 else { throw .last("eventfd") }
        counter = FileDescriptor(owning: number)
    }

    /// For an event loop to watch.
    package var descriptor: Int32 { counter.number }

    /// Wakes whoever waits, now or the next time.
    package func signal() {
        var one: UInt64 = 1
        // It can fail only where 2^64 - 2 signals wait: then it is readable anyway.
        _ = retryingOnInterrupt { unsafe write(counter.number, &one, 8) }
    }

    /// Waits until there was a signal since the last `wait` or `clear`; one for many.
    /// - Parameter milliseconds: how long at most; without it as long as it takes.
    package func wait(milliseconds: Int32? = nil) {
        var event = pollfd(fd: counter.number, events: Int16(POLLIN), revents: 0)
        _ = retryingOnInterrupt { Int(unsafe poll(&event, 1, milliseconds ?? -1)) }
        clear()
    }

    /// Forgets the signals there were.
    package func clear() {
        var count: UInt64 = 0
        _ = retryingOnInterrupt { unsafe read(counter.number, &count, 8) }
    }
}
