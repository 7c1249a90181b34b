// A user's devices: the list, signing out, the link for another device, the recovery code.

extension Chat {
    /// Which devices a `sign-out` is about.
    enum SignOutTarget: Equatable {
        case here
        case device(UInt64)
        case others
    }

    /// One line of the answer to `devices`.
    struct ListedDevice {
        let device: Device
        let isHere: Bool
        /// The number of its sessions.
        let online: Int
    }

    func listDevices(_ session: SessionID, _ user: UInt32, into actions: inout [Action]) throws(Refusal) {
        try requireDevices(of: user)
        let here = sessions[slot(of: session)].device
        let used = users[user].sessions.map { sessions[Int($0)].device }
        let devices = users.devices(of: user).map { position, device in
            ListedDevice(device: device, isHere: position == here, online: used.count { $0 == position })
        }
        let event = ServerEvent.devices(devices, hasRecovery: users.recovery(of: user) != nil)
        actions.append(.send(session, json: event.json))
    }

    func signOut(
        _ target: SignOutTarget, _ session: SessionID, _ user: UInt32, into actions: inout [Action]
    ) throws(Refusal) {
        try requireDevices(of: user)
        let here = sessions[slot(of: session)].device
        let devices = users.devices(of: user).filter { position, device in
            switch target {
            case .here: position == here
            case .device(let id): device.id == id
            case .others: position != here
            }
        }
        // Also without a device: pending links become void.
        let entry = Entry.signOut(users[user].id, devices: devices.map(\.device.id))
        actions.append(.append(entry, from: session))
    }

    /// The ledger has stored the sign-out: all sessions of the user get the answer, and those of the devices are closed.
    mutating func applySignOut(_ id: UserID, _ devices: [UInt64], at now: Moment, into actions: inout [Action]) {
        codes.removeLinks(of: id)
        guard let user = users.index(of: id) else { return }
        let json = ServerEvent.signedOut(devices: devices).json
        for slot in users[user].sessions { actions.append(.send(session(slot), json: json)) }
        for device in devices { signOut(device: device, of: user, at: now, into: &actions) }
    }

    /// The device's token is void at once.
    mutating func signOut(device id: UInt64, of user: UInt32, at now: Moment, into actions: inout [Action]) {
        guard let position = users.position(ofDevice: id, of: user) else { return }
        for slot in users[user].sessions where sessions[Int(slot)].device == position {
            close(session(slot), .signedOut, at: now, into: &actions)
        }
        users.removeDevice(at: position, of: user)
    }

    mutating func makeLink(
        _ session: SessionID, _ user: UInt32, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        try requireDevices(of: user)
        let code = OneTimeCode(from: &random)
        codes.add(
            SignInCodes.Link(user: users[user].id, due: now.monotonic + ChatLimits.linkMilliseconds), code.hash)
        let event = ServerEvent.link(code, until: now.wall + ChatLimits.linkMilliseconds)
        actions.append(.send(session, json: event.json))
    }

    mutating func makeRecovery(
        _ session: SessionID, _ user: UInt32, into actions: inout [Action]
    ) throws(Refusal) {
        try requireDevices(of: user)
        let code = OneTimeCode(from: &random)
        codes.addRecovery(code, for: session)
        actions.append(.append(.recovery(users[user].id, code.hash), from: session))
    }

    /// The ledger has stored a recovery code: the session gets it, this once.
    mutating func applyRecovery(_ id: UserID, _ hash: TokenHash, into actions: inout [Action]) {
        let pending = codes.removeRecovery(hash)
        if let user = users.index(of: id) { users.setRecovery(hash, of: user) }
        guard let (code, session) = pending, canReceive(session) else { return }
        actions.append(.send(session, json: ServerEvent.recovery(code).json))
    }

    /// The ledger could not store a sign-out or a recovery code.
    func refuse(
        _ type: Request.CommandType, _ sentence: String, from session: SessionID?, into actions: inout [Action]
    ) {
        guard let session, canReceive(session) else { return }
        var refusal = Refusal.tryAgain("\(sentence) Try again.")
        refusal.command = RefusedCommand(type: type)
        actions.append(.send(session, json: ServerEvent.error(refusal).json))
    }

    /// Restores a device from the ledger's snapshot.
    mutating func restore(_ known: KnownDevice) {
        guard let user = users.index(of: known.user) else { return }
        let device = Device(
            id: known.id, token: known.token, created: known.created, seen: known.seen, label: known.label)
        users.add(device, to: user)
    }
}
