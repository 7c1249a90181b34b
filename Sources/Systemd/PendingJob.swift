// Asks the service manager over D-Bus for the job of a unit. org.freedesktop.systemd1(5), sd-bus(3).

internal import CSystemd
internal import Linux
internal import Synchronization

extension ServiceManager {
    /// The job that the service manager runs on a unit.
    package enum Job: Equatable, Sendable {
        case none
        case stop
        /// The type of another job: "restart", "reload", …
        case other(String)
    }

    /// Asks for the job of a process's unit. The service manager answers root, and users that the bus knows: not a dynamic
    /// user on a system without nss-systemd(8).
    /// - Parameters:
    ///   - process: the process id.
    ///   - milliseconds: how long to wait for the answer; a later one is dropped.
    /// - Returns: nil where there is no answer.
    package static func pendingJob(of process: Int32, milliseconds: Int32) -> Job? {
        // libsystemd waits longer for a bus that hangs, so the query has a thread of its own.
        guard let query = try? JobQuery() else { return nil }
        do throws(SystemError) {
            _ = try Thread(name: "dbus") { query.run(process) }
        } catch {
            return nil
        }
        query.answered.wait(milliseconds: milliseconds)
        return query.answer.withLock { $0 }
    }

    private final class JobQuery: Sendable {
        let answered: EventFD
        let answer = Mutex<Job?>(nil)

        init() throws(SystemError) { answered = try EventFD() }

        func run(_ process: Int32) {
            var type = [CChar](repeating: 0, count: 64)
            if unsafe csystemd_pending_job(UInt32(bitPattern: process), &type, type.count) >= 0 {
                let text = String(decoding: type.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                answer.withLock { $0 = text.isEmpty ? Job.none : text == "stop" ? .stop : .other(text) }
            }
            answered.signal()
        }
    }
}
