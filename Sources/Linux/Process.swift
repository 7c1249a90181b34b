// This process: its signals, limits, files and standard streams.

internal import CLinux
internal import Glibc

package enum Process {
    package static let terminate: Int32 = SIGTERM
    package static let interrupt: Int32 = SIGINT
    package static let hangUp: Int32 = SIGHUP
    package static let replace: Int32 = SIGUSR2

    /// Opens /dev/null for each standard stream that is closed: a socket or file of ours would else get its number, and what is
    /// written to standard error with it.
    package static func openStandardStreams() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // open(2) takes the lowest free number, which is this one.
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

    /// Blocks signals, so that an event loop can read them (signalfd(2)). Ignores SIGPIPE, so that a write to a closed pipe or
    /// socket fails with EPIPE instead, and SIGXFSZ, so that a write beyond RLIMIT_FSIZE fails with EFBIG (setrlimit(2)).
    package static func prepareSignals(_ signals: [Int32]) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        for ignored in [SIGPIPE, SIGXFSZ] { _ = signal(ignored, SIG_IGN) }
    }

    /// Sends a signal, and ignores a failure. kill(2)
    package static func send(_ signal: Int32, to process: Int32) { if process > 0 { _ = kill(process, signal) } }

    /// The soft limit of open descriptors (RLIMIT_NOFILE, getrlimit(2)).
    package static var descriptorLimit: Int {
        var limit = rlimit()
        return unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Int(limit.rlim_cur) : 0
    }

    /// Raises the soft limit of open descriptors to the hard one. The soft one is low only for select(2), which this
    /// program does not use.
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

    /// Makes all threads share one heap (M_ARENA_MAX, mallopt(3)). One thread allocates nearly everything here, and memory
    /// that another thread frees can then be used again. To be called before a second thread starts.
    package static func useOneHeap() { clinux_use_one_heap() }

    /// The number of open descriptors, by /proc/self/fd; 0 where that can't be read.
    package static var openDescriptors: Int { Int(clinux_open_descriptors()) }

    /// The resident memory in bytes, by /proc/self/statm; 0 where that can't be read.
    package static var residentBytes: Int { Int(clinux_resident_bytes()) }

    /// The process id. getpid(2)
    package static var identifier: Int32 { getpid() }

    /// Identifies the time since the machine started: the variable BOOT_ID, for a sandbox without /proc/sys, or random(4). Nil where
    /// neither is there.
    package static var bootIdentifier: String? {
        if let given = environment("BOOT_ID"), !given.isEmpty { return given }
        let number = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { _ = close(number) }
        var bytes = [UInt8](repeating: 0, count: 36)
        let count = retryingOnInterrupt {
            unsafe bytes.withUnsafeMutableBytes { unsafe read(number, $0.baseAddress, $0.count) }
        }
        return count == bytes.count ? String(decoding: bytes, as: UTF8.self).replacing("-", with: "") : nil
    }

    package static var isRoot: Bool { geteuid() == 0 }

    /// Ends the process at once, without exit handlers or destructors. _exit(2)
    package static func exit(_ status: Int32) -> Never { _exit(status) }

    /// Removes a file, and ignores a failure. unlink(2)
    package static func removeFile(_ path: String) { _ = unsafe unlink(path) }

    /// Whether a file or folder of this path exists. access(2)
    package static func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The size of a file; 0 where there is none. stat(2)
    package static func fileBytes(_ path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Renames a file, and replaces one of the new name. rename(2)
    /// - Throws: where rename(2) fails; then nothing has changed.
    package static func moveFile(_ path: String, to new: String) throws(SystemError) {
        guard unsafe rename(path, new) == 0 else { throw .last("rename \(path) to \(new)") }
    }

    /// Makes an empty file of mode 0600, unless the path exists. Ignores a failure, which shows when the file is opened.
    package static func makePrivateFile(_ path: String) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { _ = close(descriptor) }
    }

    /// Standard error's device and inode in the form of JOURNAL_STREAM: "device:inode" (systemd.exec(5)).
    package static var standardErrorIdentity: String? {
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return nil }
        return "\(status.st_dev):\(status.st_ino)"
    }

    /// Writes a line to standard error in one call, so that lines of several processes do not mix.
    package static func writeErrorLine(_ line: String) {
        var bytes = Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        _ = retryingOnInterrupt {
            unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
    }

    /// Writes all bytes to standard output.
    /// - Returns: false where it is closed or the write fails.
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

    /// The value of an environment variable; nil where it is not set.
    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
