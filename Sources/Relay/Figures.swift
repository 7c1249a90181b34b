// What the status line says. Counted by the loop, read by the loop.

struct Figures {
    var messages: UInt64 = 0
    /// What is wrong now, as a sentence: why the last thing was not stored, and what else is wrong with the ledger.
    var refusal: String?
    var trouble: String?
    var badSettings: String?
    /// The worst of it.
    var fault: String? { refusal ?? trouble ?? badSettings }
    private var lastMessages: UInt64 = 0
    private var lastTime: Int64 = 0

    /// One line for people: systemctl shows it as Status.
    mutating func statusLine(connections: Int, users: Int, rooms: Int, at now: Int64) -> String {
        let elapsed = max(now - lastTime, 1)
        let tenths = Int((messages - lastMessages) * 10_000) / Int(elapsed)
        (lastMessages, lastTime) = (messages, now)
        let rate = tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
        return "\(counted(connections, "connection")), \(counted(users, "user")), \(counted(rooms, "room")), "
            + "\(rate) messages a second" + (fault.map { ". \($0)" } ?? "")
    }
}

/// "1 room", "2 rooms".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
