// Bans and mutes.

package import Primitives

/// One ban or mute. It is durable. The name of a user with a sanction is not released.
package struct Sanction: Equatable, Sendable {
    package enum Subject: Hashable, Sendable {
        /// A ban of a name, and of all names that look the same: by their key.
        case name(String)
        /// A ban of a user, whatever its name.
        case user(UserID)
        /// A ban of addresses.
        case network(IPNetwork)
        /// A mute of a user.
        case mute(UserID)

        /// The user that a sanction is on; nil for names and networks.
        package var user: UserID? {
            switch self {
            case .user(let id), .mute(let id): id
            case .name, .network: nil
            }
        }
    }

    package var subject: Subject
    /// The subject for people: the user's name when the sanction was added, or the network.
    package var name: String
    /// The end, in milliseconds since 1970; nil for never.
    package var until: Int64?
    package var reason: String?
    /// When it was added, in milliseconds since 1970.
    package var since: Int64

    package init(subject: Subject, name: String, until: Int64?, reason: String?, since: Int64) {
        self.subject = subject
        self.name = name
        self.until = until
        self.reason = reason
        self.since = since
    }

    /// After a jump of the clock none ends, until the clock is believed again.
    func isActive(at now: Moment) -> Bool { until.map { $0 > now.wall || !now.isClockSettled } ?? true }
}

/// The active sanctions, and expired ones that are not removed yet.
struct Sanctions {
    private var bySubject: [Sanction.Subject: Sanction] = [:]
    private var networks: [IPNetwork] = []
    /// The earliest end of a sanction, in milliseconds since 1970.
    private var nextExpiry = Int64.max

    var count: Int { bySubject.count }

    /// In the order in which they were added.
    var all: [Sanction] { bySubject.values.sorted { ($0.since, $0.name) < ($1.since, $1.name) } }

    subscript(subject: Sanction.Subject) -> Sanction? { bySubject[subject] }

    func active(on subject: Sanction.Subject, at now: Moment) -> Sanction? {
        bySubject[subject].flatMap { $0.isActive(at: now) ? $0 : nil }
    }

    /// - Returns: the active ban of a network that contains the address.
    func active(on address: IPAddress, at now: Moment) -> Sanction? {
        for network in networks where network.contains(address) {
            if let ban = active(on: .network(network), at: now) { return ban }
        }
        return nil
    }

    /// Adds a sanction, in place of an earlier one on the same subject.
    mutating func insert(_ sanction: Sanction) {
        remove(sanction.subject)
        bySubject[sanction.subject] = sanction
        nextExpiry = min(nextExpiry, sanction.until ?? .max)
        if case .network(let network) = sanction.subject { networks.append(network) }
    }

    mutating func remove(_ subject: Sanction.Subject) {
        guard bySubject.removeValue(forKey: subject) != nil else { return }
        if case .network(let network) = subject { networks.removeAll { $0 == network } }
    }

    mutating func removeExpired(at now: Moment) {
        guard now.isClockSettled, nextExpiry <= now.wall else { return }
        for sanction in bySubject.values where !sanction.isActive(at: now) { remove(sanction.subject) }
        nextExpiry = bySubject.values.compactMap(\.until).min() ?? .max
    }
}
