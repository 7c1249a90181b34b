// Names that users gave up by renaming themselves. They stay reserved for their users, as the name of an absent user does: nobody
// else can take a known name right away, and private messages to it still arrive.

struct FormerNames {
    private struct Former {
        let name: UserName
        let since: Int64
    }

    /// The oldest first. Most users have none.
    private var byUser: [UserID: [Former]] = [:]

    /// - Returns: a name that is free again, because the user has given up too many.
    mutating func add(_ name: UserName, of user: UserID, since: Int64) -> UserName? {
        byUser[user, default: []].append(Former(name: name, since: since))
        guard let names = byUser[user], names.count > ChatLimits.formerNames else { return nil }
        return byUser[user]?.removeFirst().name
    }

    /// The user has the name again.
    mutating func remove(_ name: UserName, of user: UserID) {
        byUser[user]?.removeAll { $0.name.key == name.key }
    }

    /// - Returns: all names that the user gave up. They are free again.
    mutating func removeAll(of user: UserID) -> [UserName] { byUser.removeValue(forKey: user)?.map(\.name) ?? [] }

    /// - Returns: the names that the user gave up before a time. They are free again.
    mutating func remove(of user: UserID, before time: Int64) -> [UserName] {
        guard let names = byUser[user] else { return [] }
        let rest = names.filter { $0.since >= time }
        byUser[user] = rest.isEmpty ? nil : rest
        return names.filter { $0.since < time }.map(\.name)
    }
}
