// Bans and mutes: what an administrator has laid on somebody, and whom it is on.

package import Primitives

/// One ban or mute. It is durable; whoever it is on stays known while it holds.
package struct Sanction: Equatable, Sendable {
    package enum Subject: Hashable, Sendable {
        /// A ban of a name, and of all that look like it: by their key.
        case name(String)
        /// A ban of a user, under whatever name.
        case user(UserID)
        /// A ban of addresses.
        case network(IPNetwork)
        /// A user who says nothing.
        case mute(UserID)

        package var user: UserID? {
            switch self {
            case .user(let id), .mute(let id): id
            case .name, .network: nil
            }
        }
    }

    package var subject: Subject
    /// Whom it is on, for people: the name of then, or the network.
    package var name: String
    /// When it is over, in milliseconds since 1970; nothing: never.
    package var until: Int64?
    package var reason: String?
    /// When it was ordered, in milliseconds since 1970.
    package var since: Int64

    package init(subject: Subject, name: String, until: Int64?, reason: String?, since: Int64) {
        self.subject = subject
        self.name = name
        self.until = until
        self.reason = reason
        self.since = since
    }

    func holds(at now: Moment) -> Bool { until.map { $0 > now.wall } ?? true }
}

/// Those that hold, and those that are over and not dropped yet.
struct Sanctions {
    private var bySubject: [Sanction.Subject: Sanction] = [:]
    private var networks: [IPNetwork] = []
    /// The first time that one is over.
    private var soonest = Int64.max

    var count: Int { bySubject.count }

    /// In the order in which they were laid on.
    var all: [Sanction] { bySubject.values.sorted { ($0.since, $0.name) < ($1.since, $1.name) } }

    subscript(subject: Sanction.Subject) -> Sanction? { bySubject[subject] }

    /// The one on this subject, if it holds.
    func on(_ subject: Sanction.Subject, at now: Moment) -> Sanction? {
        bySubject[subject].flatMap { $0.holds(at: now) ? $0 : nil }
    }

    /// The ban of a network that an address is in.
    func on(_ address: IPAddress, at now: Moment) -> Sanction? {
        for network in networks where network.contains(address) {
            if let ban = on(.network(network), at: now) { return ban }
        }
        return nil
    }

    mutating func insert(_ sanction: Sanction) {
        remove(sanction.subject)
        bySubject[sanction.subject] = sanction
        soonest = min(soonest, sanction.until ?? .max)
        if case .network(let network) = sanction.subject { networks.append(network) }
    }

    mutating func remove(_ subject: Sanction.Subject) {
        guard bySubject.removeValue(forKey: subject) != nil else { return }
        if case .network(let network) = subject { networks.removeAll { $0 == network } }
    }

    /// Drops those that are over.
    mutating func expire(at now: Moment) {
        guard soonest <= now.wall else { return }
        for sanction in bySubject.values where !sanction.holds(at: now) { remove(sanction.subject) }
        soonest = bySubject.values.compactMap(\.until).min() ?? .max
    }
}
