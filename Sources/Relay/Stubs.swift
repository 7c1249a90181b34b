internal import Chat
internal import Linux
internal import StateCoding
internal import Systemd
internal import WebSocket

extension Endpoint {
    struct Position { var words: (UInt64, UInt64); init?(_ w: (UInt64, UInt64)) { words = w } }
    var position: Position { Position((0, 0))! }
    var isBetweenMessages: Bool { true }
    init(skipping: Position) { self.init() }
    init(reading: inout StateReader) throws(StateError) { self.init() }
    func write(to: inout StateWriter) {}
}
extension Chat {
    var isSettled: Bool { true }
    func write(to: inout StateWriter, at: Moment) {}
    mutating func resume(from: inout StateReader, session: (UInt32) -> SessionID?, at: Moment, into: inout [Action])
        throws(StateError)
    {}
    mutating func survived(
        _ s: SessionID, vouched: String?, address: Network?, again: UInt32, at: Moment, into: inout [Action]
    ) {}
    mutating func expect(_ u: UserID, in: String, at: Moment) -> RoomID? { nil }
}
extension ServiceManager {
    enum Job { case none, stop, other(String) }
    static var hasStore: Bool { false }
    static func pendingJob(milliseconds: Int64) -> Job? { nil }
    static func store(_ n: Int32, name: String) {}
    static func discard(_ n: String) {}
}
extension Process {
    static func replaceItself(descriptors: [(number: Int32, name: String)]) throws(SystemError) {}
}
