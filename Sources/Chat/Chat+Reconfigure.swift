// New settings while the daemon runs.

extension Chat {
    /// Applies new settings. A room that is no longer configured closes when its last user leaves.
    /// - Parameter new: within `ChatLimits`, with the same `identity` as before; anything else is a bug of the caller.
    package mutating func reconfigure(_ new: ChatSettings, into actions: inout [Action]) {
        new.check()
        precondition(new.identity == settings.identity, "the source of identities can't change")
        let old = settings
        settings = new
        for name in new.rooms {
            if let room = rooms.id(named: name) {
                rooms[room].isConfigured = true
            } else {
                _ = openRoom(name, isConfigured: true)
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
