// The CPU time and memory of the measured server. proc(5).

import FoundationEssentials
import Linux

struct ServerProcess {
    /// In bytes.
    struct Memory {
        /// VmRSS.
        let resident: Int
        /// RssAnon: without the pages of programs and libraries, which do not grow with the connections.
        let own: Int
        /// Pss: with a proportional share of the pages that are shared with other processes.
        let proportional: Int
    }

    /// Ticks of utime and stime in a second: USER_HZ, the same on every Linux that Swift runs on.
    private static let ticksPerSecond = 100.0

    private let process: Int32

    /// Finds the process that listens on the socket (SO_PEERCRED, unix(7)).
    /// - Throws: where the connection is refused or the kernel does not know the process.
    init(behind path: String) throws {
        let probe = try UnixSocket.connect(path: path)
        guard let process = UnixSocket.peerProcess(of: probe) else {
            throw BenchError(description: "The kernel doesn't say who listens at \(path); give --server-pid.")
        }
        try self.init(process)
    }

    /// - Throws: where there is no such process.
    init(_ process: Int32) throws {
        self.process = process
        guard !read("stat").isEmpty else { throw BenchError(description: "There is no process \(process).") }
    }

    /// User and system time of all its threads, in steps of 10 ms.
    var cpuSeconds: Double {
        // utime and stime are the 12th and 13th fields after the command's name in parentheses (proc_pid_stat(5)).
        let fields = read("stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / ServerProcess.ticksPerSecond
    }

    var memory: Memory {
        let status = read("status")
        return Memory(
            resident: ServerProcess.bytes("VmRSS:", in: status), own: ServerProcess.bytes("RssAnon:", in: status),
            proportional: ServerProcess.bytes("Pss:", in: read("smaps_rollup")))
    }

    /// The bytes of a line "name:  123 kB".
    private static func bytes(_ name: String, in text: String) -> Int {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    private func read(_ name: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/\(name)", encoding: .utf8)) ?? ""
    }
}
