internal import Chat
internal import Linux
internal import StateCoding
internal import Systemd
internal import WebSocket

extension ServiceManager {
    enum Job { case none, stop, other(String) }
    static func pendingJob(milliseconds: Int64) -> Job? { nil }
}
extension Process {
    static func replaceItself(descriptors: [(number: Int32, name: String)]) throws(SystemError) {}
}
