// This process: its signals, its files, its descriptor limit.

internal import CLinux
internal import Glibc

package enum Process {
    package static let terminate: Int32 = SIGTERM
    package static let interrupt: Int32 = SIGINT
    package static let hangUp: Int32 = SIGHUP
    package static let replace: Int32 = SIGUSR2

    /// Blocks signals, so that an event loop gets them instead (signalfd(2)), and ignores SIGPIPE: a write to a peer
    /// that is gone must be an error of that write.
    package static func prepareSignals(_ signals: [Int32]) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Sends a signal; nothing is said where there is no such process. kill(2)
    package static func send(_ signal: Int32, to process: Int32) { if process > 0 { _ = kill(process, signal) } }

    /// RLIMIT_NOFILE as it is in force.
    package static var descriptorLimit: Int {
        var limit = rlimit()
        return unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Int(limit.rlim_cur) : 0
    }

    /// Raises the soft limit to the hard one: the soft one is low for the sake of select(2), which is not used here.
    /// - Returns: the limit in force.
    package static func raiseDescriptorLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        if unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            _ = unsafe setrlimit(resource, &limit)
        }
        return descriptorLimit
    }

    /// Lets all threads share one heap (mallopt(3), M_ARENA_MAX): here one of them does nearly all the work, and what another
    /// has freed is used again rather than kept for it. Before there is a second thread.
    package static func useOneHeap() { clinux_use_one_heap() }

    /// Its open descriptors, as /proc/self/fd tells; 0 where it does not.
    package static var openDescriptors: Int { Int(clinux_open_descriptors()) }

    /// Its resident memory; 0 where /proc does not tell.
    package static var residentBytes: Int { Int(clinux_resident_bytes()) }

    /// This process, getpid(2).
    package static var identifier: Int32 { getpid() }

    package static var isRoot: Bool { geteuid() == 0 }

    /// Ends the process at once: nothing is taken down but by the kernel. _exit(2)
    package static func exit(_ status: Int32) -> Never { _exit(status) }

    /// Removes a file; nothing is said where it is not there.
    package static func removeFile(_ path: String) { _ = unsafe unlink(path) }

    /// Whether something is there.
    package static func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Puts a file in another's place, rename(2).
    package static func moveFile(_ path: String, to new: String) throws(SystemError) {
        guard unsafe rename(path, new) == 0 else { throw .last("rename \(path) to \(new)") }
    }

    /// Makes an empty file that only this user may read, unless there is one. A failure shows when the file is opened.
    package static func makePrivateFile(_ path: String) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { _ = close(descriptor) }
    }

    /// Standard error's device and inode, as JOURNAL_STREAM gives them ("dev:inode", systemd.exec(5)).
    package static var standardErrorIdentity: String? {
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return nil }
        return "\(status.st_dev):\(status.st_ino)"
    }

    /// Writes a line to standard error in one write, so that lines of several processes don't mix.
    package static func writeErrorLine(_ line: String) {
        var bytes = Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        _ = retryingOnInterrupt {
            unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
    }

    /// Writes all to standard output.
    /// - Returns: whether somebody took it.
    package static func writeOutput(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = retryingOnInterrupt {
                unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// An environment variable, or nil where it is not set.
    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
