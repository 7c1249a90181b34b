// libsystemd's event loop: signals, timers, descriptors, exit. sd-event(3).
//
// Used by one thread. The loop keeps its handlers until it is destroyed, and runs them in the order of their priorities.

internal import CSystemd
internal import Glibc
package import Linux

@safe package final class EventLoop {
    /// Where several handlers are due, those of the lowest value run first.
    package enum EventPriority: Int64 {
        case signals = -100
        case timers = -10
        case traffic = 0
        /// After the traffic of the open connections.
        case newConnections = 10
    }

    /// A handler of the loop.
    @safe package final class EventSource {
        fileprivate let handle: () -> Void
        fileprivate var source: OpaquePointer?
        fileprivate var interval: UInt64 = 0

        fileprivate init(_ handle: @escaping () -> Void) { self.handle = handle }

        /// Whether the loop calls the handler.
        package var isEnabled: Bool {
            get {
                var state: Int32 = 0
                _ = unsafe sd_event_source_get_enabled(source, &state)
                return state != SD_EVENT_OFF
            }
            set { _ = unsafe sd_event_source_set_enabled(source, newValue ? Int32(SD_EVENT_ON) : Int32(SD_EVENT_OFF)) }
        }

        /// Enables a timer; the next call is one interval from now.
        package func restart() {
            _ = unsafe sd_event_source_set_time_relative(source, interval)
            isEnabled = true
        }
    }

    private let loop: OpaquePointer
    private var sources: [EventSource] = []

    /// - Throws: where there is no descriptor or memory left. sd_event_new(3)
    package init() throws(SystemError) {
        var loop: OpaquePointer?
        let result = unsafe sd_event_new(&loop)
        guard result >= 0, let loop = unsafe loop else {
            throw SystemError(code: -result, attempt: "make an event loop")
        }
        unsafe self.loop = unsafe loop
    }

    deinit {
        for source in sources { unsafe sd_event_source_disable_unref(source.source) }
        unsafe sd_event_unref(loop)
    }

    /// Calls the handler whenever the descriptor can be read. The descriptor must outlive the loop.
    /// - Throws: where epoll can't watch the descriptor. sd_event_add_io(3)
    @discardableResult
    package func onReadable(
        _ descriptor: Int32, priority: EventPriority, _ handle: @escaping () -> Void
    ) throws(SystemError) -> EventSource {
        unsafe try add("watch a descriptor", priority, handle) { source, context in
            unsafe sd_event_add_io(
                loop, source, descriptor, EPOLLIN.rawValue,
                { _, _, _, context in unsafe EventLoop.run(context) }, context)
        }
    }

    /// Calls the handler at each signal. The signal must be blocked (`Process.prepareSignals`).
    /// - Throws: EBUSY where the signal is not blocked or has a handler. sd_event_add_signal(3)
    @discardableResult
    package func onSignal(_ signal: Int32, _ handle: @escaping () -> Void) throws(SystemError) -> EventSource {
        unsafe try add("watch a signal", .signals, handle) { source, context in
            unsafe sd_event_add_signal(
                loop, source, signal, { _, _, context in unsafe EventLoop.run(context) }, context)
        }
    }

    /// Calls the handler repeatedly, the first time after one interval.
    /// - Parameter milliseconds: the interval. A call may be late by a quarter of it, which saves wake-ups.
    /// - Throws: where there is no descriptor or memory left. sd_event_add_time(3)
    @discardableResult
    package func every(milliseconds: Int64, _ handle: @escaping () -> Void) throws(SystemError) -> EventSource {
        let interval = UInt64(milliseconds) * 1000
        let source = unsafe try add("set a timer", .timers, handle) { source, context in
            unsafe sd_event_add_time_relative(
                loop, source, CLOCK_MONOTONIC, interval, interval / 4,
                { _, _, context in unsafe EventLoop.runAgain(context) }, context)
        }
        source.interval = interval
        return source
    }

    /// Runs until `exit`.
    /// - Returns: the argument of `exit`.
    /// - Throws: where epoll_wait(2) fails. sd_event_loop(3)
    package func run() throws(SystemError) -> Int32 {
        let result = unsafe sd_event_loop(loop)
        guard result >= 0 else { throw SystemError(code: -result, attempt: "run the event loop") }
        return result
    }

    /// Makes `run` return after the current handler.
    package func exit(_ status: Int32) { _ = unsafe sd_event_exit(loop, status) }

    private func add(
        _ attempt: String, _ priority: EventPriority, _ handle: @escaping () -> Void,
        _ register: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutableRawPointer) -> Int32
    ) throws(SystemError) -> EventSource {
        let kept = EventSource(handle)
        var source: OpaquePointer?
        let result = unsafe register(&source, Unmanaged.passUnretained(kept).toOpaque())
        guard result >= 0 else { throw SystemError(code: -result, attempt: attempt) }
        unsafe kept.source = unsafe source
        _ = unsafe sd_event_source_set_priority(source, priority.rawValue)
        // A timer is one-shot by default (sd_event_add_time(3)). With SD_EVENT_ON it fires at each time that it is set to.
        kept.isEnabled = true
        sources.append(kept)
        return kept
    }

    private static func run(_ context: UnsafeMutableRawPointer?) -> Int32 {
        guard let context = unsafe context else { return 0 }
        unsafe Unmanaged<EventSource>.fromOpaque(context).takeUnretainedValue().handle()
        return 0
    }

    private static func runAgain(_ context: UnsafeMutableRawPointer?) -> Int32 {
        guard let context = unsafe context else { return 0 }
        let source = unsafe Unmanaged<EventSource>.fromOpaque(context).takeUnretainedValue()
        _ = unsafe sd_event_source_set_time_relative(source.source, source.interval)
        source.handle()
        return 0
    }
}
