// Threads, for work that blocks. pthread_create(3).

internal import CLinux
internal import Glibc

/// A running thread. It ends when its body returns.
@safe package struct Thread: ~Copyable {
    private let thread: pthread_t

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread with all signals blocked, because the event loop reads the signals.
    /// - Parameters:
    ///   - name: at most 15 bytes; `top -H` shows it (pthread_setname_np(3)).
    ///   - run: the thread's body.
    /// - Throws: EAGAIN where the system has no thread left.
    package init(name: String, _ run: @escaping @Sendable () -> Void) throws(SystemError) {
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        var thread = pthread_t()
        let body = unsafe Unmanaged.passRetained(Body(run))
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        guard result == 0 else {
            unsafe body.release()
            throw SystemError(code: result, attempt: "start the thread \(name)")
        }
        _ = unsafe clinux_name_thread(thread, name)
        self.thread = thread
    }

    /// Waits until the thread has ended.
    package consuming func join() { pthread_join(thread, nil) }
}
