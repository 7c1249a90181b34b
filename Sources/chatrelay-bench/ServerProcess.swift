// The measured server, as the kernel accounts for it. proc(5).

import FoundationEssentials
import Linux

struct ServerProcess {
    private let process: Int32

    /// Finds the process that listens on the socket (its credentials at listen time; behind systemd that is not the server).
    init(behind path: String) throws {
        let probe = try UnixSocket.connect(path: path)
        guard let process = UnixSocket.peerProcess(of: probe) else {
            throw SystemError(code: 0, attempt: "find the process behind \(path)")
        }
        self.process = process
    }

    init(process: Int32) { self.process = process }

    /// User and system time, in steps of 10 ms.
    var cpuSeconds: Double {
        // After the command's name in parentheses come state, …; utime and stime are the 12th and 13th from there.
        let fields = read("stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / 100
    }

    /// The memory of its own: not the pages of programs and libraries, which are there once however many connect.
    var ownBytes: Int {
        let line = read("status").split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    private func read(_ name: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/\(name)", encoding: .utf8)) ?? ""
    }
}
