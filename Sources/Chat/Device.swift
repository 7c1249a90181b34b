// The devices of users. Each has a token of its own, so that it can be signed out alone.

/// A device of a user. A client that has its token signs in as this user.
struct Device: Equatable {
    /// The sequence number of the entry that made it; for a user's first device, that of the user's claim.
    let id: UInt64
    let token: TokenHash
    /// In milliseconds since 1970, in whole seconds.
    let created: Int64
    /// When it was last connected, as the ledger has stored it or will store it.
    var seen: Int64
    /// What its client calls it.
    let label: String?

    init(id: UInt64, token: TokenHash, created: Int64, seen: Int64, label: String?) {
        self.id = id
        self.token = token
        self.created = created / 1_000 * 1_000
        self.seen = seen
        self.label = label
    }
}

/// A device as the ledger knows it.
package struct KnownDevice: Equatable, Sendable {
    package var user: UserID
    /// The sequence number of the entry that made it.
    package var id: UInt64
    package var token: TokenHash
    /// As `Message.at`.
    package var created: Int64
    /// As `KnownUser.seen`.
    package var seen: Int64
    package var label: String?

    package init(user: UserID, id: UInt64, token: TokenHash, created: Int64, seen: Int64, label: String? = nil) {
        self.user = user
        self.id = id
        self.token = token
        self.created = created
        self.seen = seen
        self.label = label
    }
}

/// A known user's new device.
package struct NewDevice: Equatable, Sendable {
    package var user: UserID
    package var token: TokenHash
    package var label: String?
    /// As `Message.at`.
    package var at: Int64
    /// The recovery code that it uses up.
    package var recovery: TokenHash?
    /// A device that is signed out for it.
    package var replaces: UInt64?

    package init(
        user: UserID, token: TokenHash, label: String? = nil, at: Int64, recovery: TokenHash? = nil,
        replaces: UInt64? = nil
    ) {
        self.user = user
        self.token = token
        self.label = label
        self.at = at
        self.recovery = recovery
        self.replaces = replaces
    }
}

/// The labels of first devices, each once: clients choose few different ones, and a user has two bytes for its own.
struct DeviceLabels {
    private var texts: [String] = []
    private var numbers: [String: UInt16] = [:]

    /// - Returns: 0 for no label, and for one too many.
    mutating func number(of label: String?) -> UInt16 {
        guard let label else { return 0 }
        if let number = numbers[label] { return number }
        guard texts.count < ChatLimits.deviceLabels else { return 0 }
        texts.append(label)
        let number = UInt16(texts.count)
        numbers[label] = number
        return number
    }

    subscript(number: UInt16) -> String? { number == 0 ? nil : texts[Int(number) - 1] }
}
