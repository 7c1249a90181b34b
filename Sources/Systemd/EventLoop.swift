// libsystemd's event loop: signals, timers, descriptors, exit. sd-event(3).
//
// One thread. Handlers are kept by the loop for its whole life and run in the order of their priorities.

internal import CSystemd
internal import Glibc
package import Linux

@safe package final class EventLoop {
    /// Which handlers run first where several are due; lower is earlier.
    package enum Priority: Int64 {
        case signals = -100
        case timers = -10
        case traffic = 0
        /// After the traffic of those that are here: newcomers wait.
        case newcomers = 10
    }

    /// A handler in the loop.
    @safe package final class Source {
        fileprivate let handle: () -> Void
        fileprivate var source: OpaquePointer?
        fileprivate var interval: UInt64 = 0

        fileprivate init(_ handle: @escaping () -> Void) { self.handle = handle }

        /// Switches the handler off, or on again.
        package var isEnabled: Bool {
            get {
                var state: Int32 = 0
                _ = unsafe sd_event_source_get_enabled(source, &state)
                return state != SD_EVENT_OFF
            }
            set { _ = unsafe sd_event_source_set_enabled(source, newValue ? Int32(SD_EVENT_ON) : Int32(SD_EVENT_OFF)) }
        }

        /// Switches a timer on; its next time is one interval from now.
        package func restart() {
            _ = unsafe sd_event_source_set_time_relative(source, interval)
            isEnabled = true
        }
    }

    private let loop: OpaquePointer
    private var sources: [Source] = []

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
    @discardableResult
    package func onReadable(
        _ descriptor: Int32, priority: Priority, _ handle: @escaping () -> Void
    ) throws(SystemError) -> Source {
        unsafe try add("watch a descriptor", priority, handle) { source, context in
            unsafe sd_event_add_io(
                loop, source, descriptor, EPOLLIN.rawValue,
                { _, _, _, context in unsafe EventLoop.run(context) }, context)
        }
    }

    /// Calls the handler at each signal. The signal must be blocked (`Process.prepareSignals`).
    @discardableResult
    package func onSignal(_ signal: Int32, _ handle: @escaping () -> Void) throws(SystemError) -> Source {
        unsafe try add("watch a signal", .signals, handle) { source, context in
            unsafe sd_event_add_signal(
                loop, source, signal, { _, _, context in unsafe EventLoop.run(context) }, context)
        }
    }

    /// Calls the handler again and again, for the first time after one interval.
    /// - Parameter milliseconds: between the calls; the kernel may be late by a quarter of it, to save wake-ups.
    @discardableResult
    package func every(milliseconds: Int64, _ handle: @escaping () -> Void) throws(SystemError) -> Source {
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
    /// - Returns: the status that `exit` was called with.
    package func run() throws(SystemError) -> Int32 {
        let result = unsafe sd_event_loop(loop)
        guard result >= 0 else { throw SystemError(code: -result, attempt: "run the event loop") }
        return result
    }

    package func exit(_ status: Int32) { _ = unsafe sd_event_exit(loop, status) }

    private func add(
        _ attempt: String, _ priority: Priority, _ handle: @escaping () -> Void,
        _ crashRecords: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutableRawPointer) -> Int32
    ) throws(SystemError) -> Source {
        let kept = Source(handle)
        var source: OpaquePointer?
        let result = unsafe crashRecords(&source, Unmanaged.passUnretained(kept).toOpaque())
        guard result >= 0 else { throw SystemError(code: -result, attempt: attempt) }
        unsafe kept.source = unsafe source
        _ = unsafe sd_event_source_set_priority(source, priority.rawValue)
        // A timer is one-shot by itself; on, it comes again at the time that it is given then.
        kept.isEnabled = true
        sources.append(kept)
        return kept
    }

    private static func run(_ context: UnsafeMutableRawPointer?) -> Int32 {
        guard let context = unsafe context else { return 0 }
        unsafe Unmanaged<Source>.fromOpaque(context).takeUnretainedValue().handle()
        return 0
    }

    private static func runAgain(_ context: UnsafeMutableRawPointer?) -> Int32 {
        guard let context = unsafe context else { return 0 }
        let source = unsafe Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
        _ = unsafe sd_event_source_set_time_relative(source.source, source.interval)
        source.handle()
        return 0
    }
}
