internal import Chat
internal import Linux
internal import StateCoding
internal import Systemd
internal import WebSocket

extension Chat {
    var isSettled: Bool { true }
    func write(to: inout StateWriter, at: Moment) {}
    mutating func resume(from: inout StateReader, session: (UInt32) -> SessionID?, at: Moment, into: inout [Action])
        throws(StateError)
    {}
    mutating func survived(
        _ s: SessionID, vouched: String?, address: Network?, again: UInt32, at: Moment, into: inout [Action]
    ) {
        connected(s, vouched: vouched, address: address, at: at, into: &into)
        into.append(.send(s, json: Array("{\"type\":\"system\",\"event\":\"restart\",\"again\":\(again)}".utf8)))
    }
    mutating func expect(_ u: UserID, in: String, at: Moment) -> RoomID? { nil }
}
extension ServiceManager {
    enum Job { case none, stop, other(String) }
    static func pendingJob(milliseconds: Int64) -> Job? { nil }
}
extension Process {
    static func replaceItself(descriptors: [(number: Int32, name: String)]) throws(SystemError) {}
}
