// A host with its doors, driven by texts.

import Chat
import Host
import Model

final class TestServer {
    let doors = RecordingDoors()
    private(set) var host: ChatHost
    var now = Moment(wall: 1_767_225_600_000, monotonic: 5_000)
    private var sessions: [SessionID] = []
    private var crashes: UInt32 = 0
    private let settings: ChatSettings

    init(_ settings: ChatSettings = ChatSettings(graceSeconds: 0)) {
        self.settings = settings
        host = TestServer.host(doors, settings)
    }

    static func host(_ doors: RecordingDoors, _ settings: ChatSettings) -> ChatHost {
        let chat = Chat(settings: settings, random: SeededRandom(seed: 1), snapshot: doors.snapshot)
        return ChatHost(chat, transport: doors, ledger: doors, crashLog: doors, reporter: doors)
    }

    func connect(_ session: SessionID) {
        sessions.append(session)
        host.connected(session, at: now)
    }

    /// Gives the chat a text; what it appends is committed, and what it asks answered.
    func receive(_ session: SessionID, _ text: String) {
        guard !doors.closed.contains(session) else { return }
        host.received(session, Array(text.utf8), at: now)
        settle()
    }

    func settle() { while doors.hasOutcomes { host.applyOutcomes(at: now) } }

    /// - Parameter words: an administrator's command; a ban or a mute lasts an hour.
    /// - Returns: whether it was done.
    func administer(_ words: String) -> Bool {
        if words == "crash" {
            crash()
            return true
        }
        let parts = words.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return false }
        if parts[0] == "wait", let seconds = Int64(parts[1]) {
            now.monotonic += seconds * 1_000
            host.tick(at: now)
            settle()
            return true
        }
        let until = now.wall + 3_600_000
        let commands: [String: AdminCommand] = [
            "kick": .kick(name: parts[1], reason: nil), "mute": .mute(name: parts[1], until: until, reason: nil),
            "ban": .ban(.user(parts[1]), until: until, reason: nil),
            "ban-name": .ban(.name(parts[1]), until: until, reason: nil), "announce": .announce(parts[1]),
            "delete": .delete(UInt64(parts[1]) ?? 0),
        ]
        guard let command = commands[parts[0]] else { return false }
        var isDone = false
        host.administer(command, at: now) { if case .done = $0 { isDone = true } }
        settle()
        return isDone
    }

    func takeInbox(of session: SessionID) -> [String] { doors.takeInbox(of: session) }

    /// Another process has the connections, and what the crash log knows.
    private func crash() {
        crashes += 1
        doors.restart()
        host = TestServer.host(doors, settings)
        for (_, presence) in doors.presences.sorted(by: { $0.key.slot < $1.key.slot }) {
            for room in presence.rooms.values { _ = host.holdPresence(presence.user, in: room, at: now) }
        }
        for session in sessions where !doors.closed.contains(session) {
            host.recovered(session, authenticatedName: nil, address: nil, resync: crashes, at: now)
        }
    }
}
