// What an administrator can have the chat do, and what comes of it. Chat+Orders.swift does it.

package import Primitives

/// One thing that an administrator asks for. Names are compared as those of users are: by what they look like.
package enum AdminCommand: Equatable, Sendable {
    /// All sessions of the user end. It may come back.
    case kick(name: String, reason: String?)
    /// The one that it is about is let in no more, and out at once. `until` is milliseconds since 1970; nothing: for ever.
    case ban(BanTarget, until: Int64?, reason: String?)
    case unban(BanTarget)
    /// The user is here and hears all, but says nothing.
    case mute(name: String, until: Int64?, reason: String?)
    case unmute(name: String)
    /// A system message to everybody.
    case announce(String)
    /// The message of this number is withdrawn for everybody.
    case delete(UInt64)
}

/// Who is banned.
package enum BanTarget: Hashable, Sendable {
    /// Whoever wants this name, or one that looks like it.
    case name(String)
    /// The user that has this name now, under whatever name it comes later: whoever has its token, or its login.
    case user(String)
    /// All clients of an address or a network.
    case network(IPNetwork)
}

/// What came of an order: one sentence for the administrator.
package enum AdminResult: Equatable, Sendable {
    case done(String)
    case refused(String)
}
