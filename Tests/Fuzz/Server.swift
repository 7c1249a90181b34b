// The host that the daemon runs, with a few sessions and a model of a ledger; each action is checked.

import Chat
import Host
import Model
import Primitives
import StateCoding

final class Server {
    static let settings = ChatSettings(
        rooms: ["lobby", "den"], textBytes: 64, rate: 10, burst: 8, nameDays: 1, graceSeconds: 1)
    static let slots = CheckedDoors.slots

    private var host: ChatHost
    private let doors: CheckedDoors
    private(set) var now = Moment(wall: 1_767_225_600_000, monotonic: 5_000)
    private var crashes: UInt32 = 0
    /// What is appended, and asked, waits to be committed and answered.
    var isHeld = false

    init() {
        doors = CheckedDoors()
        host = Server.host(doors)
    }

    /// A copy of one that is settled.
    init(_ other: Server) {
        doors = CheckedDoors(other.doors)
        host = ChatHost(other.host.chat, transport: doors, ledger: doors, crashLog: doors, reporter: doors)
        now = other.now
    }

    private static func host(_ doors: CheckedDoors) -> ChatHost {
        let chat = Chat(
            settings: settings, random: SeededRandom(seed: 7), snapshot: doors.model.snapshot(recent: 4))
        return ChatHost(chat, transport: doors, ledger: doors, crashLog: doors, reporter: doors)
    }

    var chat: Chat { host.chat }
    var ledger: ModelLedger { doors.model }

    // MARK: what happens to it

    func connect(_ slot: UInt32, _ address: IPAddress?) throws {
        guard let session = doors.connect(slot) else { return }
        try run { host.connected(session, address: address, at: now) }
    }

    /// Ann, Bob and Cy say hello, in the first slots.
    func fill() throws {
        for (slot, name) in ["Ann", "Bob", "Cy"].enumerated() {
            try connect(UInt32(slot), nil)
            try receive(UInt32(slot), Array(#"{"type":"hello","name":"\#(name)"}"#.utf8))
        }
    }

    func receive(_ slot: UInt32, _ text: [UInt8]) throws {
        guard let session = doors.sessions[Int(slot)] else { return }
        try run { host.received(session, text, at: now) }
    }

    func disconnect(_ slot: UInt32) throws {
        guard let session = doors.disconnect(slot) else { return }
        try run { host.disconnected(session, at: now) }
    }

    func tick(after milliseconds: Int64) throws {
        now.monotonic += milliseconds
        now.wall += milliseconds
        try run { host.tick(at: now) }
    }

    func administer(_ command: AdminCommand) throws { try run { host.administer(command, at: now) { _ in } } }

    func forget(upTo seq: UInt64) throws {
        doors.forget(upTo: seq)
        try run { host.applyOutcomes(at: now) }
    }

    /// The ledger has done, or could not do, the first of what waits.
    func commit(isRefused: Bool = false) throws {
        if doors.commit(isRefused: isRefused) { try run { host.applyOutcomes(at: now) } }
    }

    func answer(isFailed: Bool = false) throws {
        if doors.answer(isFailed: isFailed) { try run { host.applyOutcomes(at: now) } }
    }

    /// Nothing waits any more.
    func settle() throws {
        while doors.isWaiting {
            try commit()
            try answer()
        }
    }

    // MARK: other processes

    /// What a planned restart writes.
    func state() -> [UInt8] {
        var writer = StateWriter()
        host.write(to: &writer, at: now)
        return writer.bytes
    }

    /// Another process continues with the sessions from this state, which may be none.
    /// - Returns: whether it was one.
    func resume(_ state: [UInt8]) throws -> Bool {
        var reader = StateReader(state)
        doors.restart()
        host = Server.host(doors)
        let sessions = doors.sessions
        do throws(StateError) {
            try host.resume(
                from: &reader, session: { $0 < Server.slots ? sessions[Int($0)] : nil },
                open: sessions.compactMap { $0?.slot }, at: now)
        } catch {
            return false
        }
        try doors.check()
        return true
    }

    /// A crash: what was appended is lost.
    func crash() throws {
        doors.restart()
        doors.loseWaiting()
        host = Server.host(doors)
        crashes += 1
        for session in doors.sessions.compactMap({ $0 }) {
            _ = host.holdPresence(UserID(UInt64(session.slot)), in: "lobby", at: now)
            try run { host.recovered(session, authenticatedName: nil, address: nil, resync: crashes, at: now) }
        }
    }

    private func run(_ input: () -> Void) throws {
        input()
        try doors.check()
        if !isHeld { try settle() }
        while let session = doors.takeDrainRequest() { try run { host.drained(session, at: now) } }
    }
}
