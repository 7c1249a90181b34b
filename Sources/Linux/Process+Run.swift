// Runs another program and waits for it. posix_spawn(3), waitpid(2)

internal import CLinux
internal import Glibc

extension Process {
    /// Runs a program and waits for it. Its standard output is discarded; it shares standard error.
    /// - Parameters:
    ///   - path: the program's file.
    ///   - arguments: without the program's own name.
    ///   - milliseconds: the time after which the program is killed.
    /// - Returns: its exit status; nil where a signal ended it.
    /// - Throws: where it can't be started.
    package static func run(_ path: String, _ arguments: [String], milliseconds: Int) throws(SystemError) -> Int32? {
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe clinux_spawn(path, &words, &process)
        guard code == 0 else { throw SystemError(code: code, attempt: "start \(path)") }
        var status: Int32 = 0
        for _ in 0..<milliseconds / 10 {
            if retryingOnInterrupt({ Int(unsafe waitpid(process, &status, WNOHANG)) }) != 0 {
                return exitStatus(status)
            }
            usleep(10_000)
        }
        _ = kill(process, SIGKILL)
        _ = retryingOnInterrupt { Int(unsafe waitpid(process, &status, 0)) }
        return nil
    }

    /// WIFEXITED and WEXITSTATUS of waitpid(2).
    private static func exitStatus(_ status: Int32) -> Int32? { status & 0x7f == 0 ? status >> 8 & 0xff : nil }
}
