// Other settings while people are here.

extension Chat {
    /// Takes over other settings, but for `identity`, which must stay. A room that is no longer configured closes with the last
    /// one in it.
    package mutating func reconfigure(_ new: ChatSettings, into actions: inout [Action]) {
        new.check()
        precondition(new.identity == settings.identity, "what makes a name one's own stays")
        let old = settings
        settings = new
        for name in new.rooms {
            if let room = rooms.id(named: name) {
                rooms[room].isConfigured = true
            } else {
                _ = open(name, isConfigured: true)
                actions.append(.report(.roomOpened(name)))
            }
        }
        for name in old.rooms where !new.rooms.contains(name) {
            guard let room = rooms.id(named: name) else { continue }
            rooms[room].isConfigured = false
            if rooms[room].members.isEmpty {
                rooms.close(room)
                actions.append(.report(.roomClosed(name)))
            }
        }
    }
}
