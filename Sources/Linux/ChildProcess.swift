// A program that runs beside this process. posix_spawn(3), waitpid(2)

internal import CLinux
internal import Glibc

/// Its standard output is discarded; it shares standard error. It is a zombie until `state` or `kill` has seen its end.
package struct ChildProcess {
    package enum State: Equatable {
        case running
        /// With its exit status; nil where a signal ended it.
        case ended(Int32?)
    }

    private let number: pid_t

    /// Starts the program.
    /// - Parameters:
    ///   - path: the program's file.
    ///   - arguments: without the program's own name.
    /// - Throws: where it can't be started.
    package init(_ path: String, _ arguments: [String]) throws(SystemError) {
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe clinux_spawn(path, &words, &process)
        guard code == 0 else { throw SystemError(code: code, attempt: "start \(path)") }
        number = process
    }

    /// Whether it still runs, without waiting for it. To be asked until it has ended, and then no more.
    package var state: State {
        var status: Int32 = 0
        let result = retryingOnInterrupt { Int(unsafe waitpid(number, &status, WNOHANG)) }
        return result == 0 ? .running : .ended(ChildProcess.exitStatus(status))
    }

    /// Ends a program that still runs.
    package func kill() {
        _ = Glibc.kill(number, SIGKILL)
        var status: Int32 = 0
        _ = retryingOnInterrupt { Int(unsafe waitpid(number, &status, 0)) }
    }

    /// WIFEXITED and WEXITSTATUS of waitpid(2).
    private static func exitStatus(_ status: Int32) -> Int32? { status & 0x7f == 0 ? status >> 8 & 0xff : nil }
}

extension Process {
    /// Runs a program and waits for it.
    /// - Parameters:
    ///   - path: the program's file.
    ///   - arguments: without the program's own name.
    ///   - milliseconds: the time after which the program is killed.
    /// - Returns: its exit status; nil where a signal ended it.
    /// - Throws: where it can't be started.
    package static func run(_ path: String, _ arguments: [String], milliseconds: Int) throws(SystemError) -> Int32? {
        let child = try ChildProcess(path, arguments)
        for _ in 0..<milliseconds / 10 {
            if case .ended(let status) = child.state { return status }
            usleep(10_000)
        }
        child.kill()
        return nil
    }
}
