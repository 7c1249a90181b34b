// What an administrator can have the chat do.

package import Primitives

/// One command of an administrator. Names that look the same are the same name, as for users.
package enum AdminCommand: Equatable, Sendable {
    /// Closes all sessions of the user, who may come back.
    case kick(name: String, reason: String?)
    /// Bans a target, and closes its sessions. `until` is in milliseconds since 1970; nil is for ever.
    case ban(BanTarget, until: Int64?, reason: String?)
    case unban(BanTarget)
    /// The user still gets everything, but its messages, `typing` and renames are refused.
    case mute(name: String, until: Int64?, reason: String?)
    case unmute(name: String)
    /// Sends a system message to all users.
    case announce(String)
    /// Deletes the message of this sequence number for all users.
    case delete(UInt64)
    /// Makes a bot. `rooms`: the only ones that it may use; empty: all.
    case addBot(name: String, rooms: [String])
    case removeBot(name: String)
}

/// The subject of a ban.
package enum BanTarget: Hashable, Sendable {
    /// Every user that wants this name, or one that looks the same.
    case name(String)
    /// The user that has this name now, whatever its name later: it is known by its token or login.
    case user(String)
    /// All clients of an address or a network.
    case network(IPNetwork)
}

/// The answer to an administrator's command: one sentence.
package enum AdminResult: Equatable, Sendable {
    case done(String)
    /// The token is a secret, which only the administrator gets.
    case made(String, token: String)
    case refused(String)
}
