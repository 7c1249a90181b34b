// Why the service manager ends a process: it is asked over D-Bus. org.freedesktop.systemd1(5), sd-bus(3).

internal import CSystemd
internal import Linux
internal import Synchronization

extension ServiceManager {
    /// What it is doing with a unit.
    package enum Job: Equatable, Sendable {
        case none
        case stop
        /// "restart", "reload", …
        case other(String)
    }

    /// What it is doing with the unit of a process. It answers root, and over the bus those whom the bus knows: not a dynamic user
    /// on a machine without nss-systemd(8).
    /// - Parameter milliseconds: how long to wait. Who does not answer by then is not asked again.
    /// - Returns: nothing where there is no answer.
    package static func pendingJob(of process: Int32, milliseconds: Int32) -> Job? {
        // The library may wait for a bus that hangs, for longer than anybody here: in a thread of its own.
        guard let question = try? Question() else { return nil }
        do throws(SystemError) {
            _ = try Thread(name: "dbus") { question.ask(of: process) }
        } catch {
            return nil
        }
        question.answered.wait(milliseconds: milliseconds)
        return question.answer.withLock { $0 }
    }

    private final class Question: Sendable {
        let answered: EventFD
        let answer = Mutex<Job?>(nil)

        init() throws(SystemError) { answered = try EventFD() }

        func ask(of process: Int32) {
            var type = [CChar](repeating: 0, count: 64)
            if unsafe csystemd_pending_job(UInt32(bitPattern: process), &type, type.count) >= 0 {
                let text = String(decoding: type.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                answer.withLock { $0 = text.isEmpty ? Job.none : text == "stop" ? .stop : .other(text) }
            }
            answered.signal()
        }
    }
}
