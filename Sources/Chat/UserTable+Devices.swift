// The devices of the users. Nearly all users have only the first one, which is in `User`; the others have a list besides.

/// What is known of users with more than their first device.
struct DeviceTable {
    /// By the user's index. A device has its position for as long as it exists. Position 0 is the first device's; it is nil where that is
    /// signed out.
    fileprivate var lists: [UInt32: [Device?]] = [:]
    fileprivate var labels = DeviceLabels()
    /// The hashes of recovery codes, by the user's index, and the other way round.
    fileprivate var recoveries: [UInt32: TokenHash] = [:]
    fileprivate var usersOfRecoveries: [TokenHash: UInt32] = [:]
}

extension UserTable {
    /// - Returns: the devices with their positions, the oldest first.
    func devices(of user: UInt32) -> [(position: UInt8, device: Device)] {
        list(of: user).enumerated().compactMap { position, device in device.map { (UInt8(position), $0) } }
            .sorted { $0.device.id < $1.device.id }
    }

    func device(at position: UInt8, of user: UInt32) -> Device? {
        let list = list(of: user)
        return Int(position) < list.count ? list[Int(position)] : nil
    }

    /// - Returns: the device's position.
    func position(ofDevice id: UInt64, of user: UInt32) -> UInt8? {
        list(of: user).firstIndex { $0?.id == id }.map(UInt8.init)
    }

    /// - Returns: the user that the token is one of, and the device's position.
    func device(with token: TokenHash) -> (user: UInt32, position: UInt8)? {
        guard let user = index(of: token) else { return nil }
        // Most users have no list, and nothing is allocated for them.
        guard let list = deviceTable.lists[user] else { return (user, 0) }
        return list.firstIndex { $0?.token == token }.map { (user, UInt8($0)) }
    }

    /// - Returns: the device's position.
    @discardableResult
    mutating func add(_ device: Device, to user: UInt32) -> UInt8 {
        setToken(device.token, of: user)
        guard device.id != self[user].id.number else {
            self[user].token = device.token
            self[user].created = UInt32(clamping: device.created / 1_000)
            self[user].label = deviceTable.labels.number(of: device.label)
            if deviceTable.lists[user] != nil {
                deviceTable.lists[user]?[0] = device
            } else if device.seen != self[user].seen {
                deviceTable.lists[user] = [device]
            }
            return 0
        }
        var list = list(of: user)
        // Position 0 stays free for the first device: its number tells it.
        if let free = list.dropFirst().firstIndex(where: { $0 == nil }) {
            list[free] = device
            deviceTable.lists[user] = list
            return UInt8(free)
        }
        list.append(device)
        deviceTable.lists[user] = list
        return UInt8(list.count - 1)
    }

    mutating func removeDevice(at position: UInt8, of user: UInt32) {
        guard let device = device(at: position, of: user) else { return }
        setToken(device.token, of: nil)
        if position == 0 { self[user].token = nil }
        guard var list = deviceTable.lists[user] else { return }
        list[Int(position)] = nil
        while list.count > 1, list.last == .some(nil) { list.removeLast() }
        // The user alone says the same as a list of the first device, unless another device was seen later.
        let isPlain = list.count == 1 && list[0].map { $0.seen == self[user].seen } ?? true
        deviceTable.lists[user] = isPlain ? nil : list
    }

    /// When the device was last connected. With names from a proxy there is no device, and the user's own time counts.
    func seen(_ position: UInt8, of user: UInt32) -> Int64 {
        deviceTable.lists[user] == nil ? self[user].seen : device(at: position, of: user)?.seen ?? self[user].seen
    }

    mutating func setSeen(_ position: UInt8, of user: UInt32, at time: Int64) {
        self[user].seen = time
        guard let list = deviceTable.lists[user], Int(position) < list.count else { return }
        deviceTable.lists[user]?[Int(position)]?.seen = time
    }

    /// Of a user that is about to be removed.
    mutating func removeDevices(of user: UInt32) {
        for (_, device) in devices(of: user) { setToken(device.token, of: nil) }
        deviceTable.lists[user] = nil
        setRecovery(nil, of: user)
    }

    // MARK: recovery codes

    func user(ofRecovery code: TokenHash) -> UInt32? { deviceTable.usersOfRecoveries[code] }

    func recovery(of user: UInt32) -> TokenHash? { deviceTable.recoveries[user] }

    /// Replaces the user's recovery code.
    mutating func setRecovery(_ code: TokenHash?, of user: UInt32) {
        if let old = deviceTable.recoveries[user] { deviceTable.usersOfRecoveries[old] = nil }
        deviceTable.recoveries[user] = code
        if let code { deviceTable.usersOfRecoveries[code] = user }
    }

    private func list(of user: UInt32) -> [Device?] {
        if let list = deviceTable.lists[user] { return list }
        let user = self[user]
        return [
            user.token.map {
                Device(
                    id: user.id.number, token: $0, created: Int64(user.created) * 1_000, seen: user.seen,
                    label: deviceTable.labels[user.label])
            }
        ]
    }
}
