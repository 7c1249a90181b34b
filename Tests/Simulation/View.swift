// Who is in a room, as a client knows it from `who` and from what it is told since.

@testable import Chat

struct View {
    /// How many there are, as it was told last.
    private(set) var count: Int
    /// Nothing where it can't be known: before the answer to `who`, and since the room was too large to be told of each.
    private(set) var names: Set<String>?
    /// The room was too large at some time: what is known may be old.
    private(set) var wasLarge = false

    /// Who is away, and the status lines.
    private(set) var away: Set<UInt64> = []
    private(set) var statuses: [UInt64: String] = [:]

    /// As `joined` says it.
    init(count: Int) { self.count = count }

    /// As `who` says it.
    init(_ event: Received) {
        count = event.users ?? 0
        let all = Set(event.names ?? [])
        names = all.count == count && count < ChatLimits.announcedUsers ? all : nil
        wasLarge = count >= ChatLimits.announcedUsers
        if case .users(let users) = event.away { away = Set(users) }
        for status in event.statuses ?? [] { statuses[status.user] = status.status }
    }

    /// What `presence` says, and `joined` of whoever joins.
    mutating func tells(_ event: Received) {
        guard let user = event.user else { return }
        if case .flag(true) = event.away { away.insert(user) } else { away.remove(user) }
        statuses[user] = event.status
    }

    /// Whether the client has to ask again.
    var isUnknown: Bool { names == nil && wasLarge && count < ChatLimits.announcedUsers }

    mutating func happens(_ event: Received, in room: String, to client: Client) {
        let name = event.name ?? ""
        if let users = event.users {
            if max(users, count) >= ChatLimits.announcedUsers {
                (names, wasLarge) = (nil, true)
            }
            count = users
        }
        guard let names else { return }
        let who = "client \(client.index)"
        let findings = client.world.findings
        switch event.event {
        case "joined":
            tells(event)
            findings.expect(!names.contains(name), "\(who) hears that \(name) joins \(room), where it is")
            self.names?.insert(name)
        case "left":
            findings.expect(names.contains(name), "\(who) hears that \(name) leaves \(room), where it is not")
            self.names?.remove(name)
        case "renamed":
            findings.expect(
                names.contains(event.was ?? ""),
                "\(who) hears that \(event.was ?? "") of \(room) is renamed, and is not there")
            self.names?.remove(event.was ?? "")
            self.names?.insert(name)
        default: break
        }
        if event.event != "count", let now = self.names {
            findings.expect(
                event.users == nil || now.count == count, "\(who) knows \(now.sorted()) in \(room), and \(event)")
        }
    }
}
