// Signing in with the code of a link or a recovery code: the session's client becomes a new device of the user. The device goes through
// the ledger first.

internal import Primitives

extension Chat {
    /// A `hello` with a code.
    /// - Returns: false for a `hello` without one.
    mutating func signInByCode(
        _ hello: HelloCommand, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) -> Bool {
        guard let wanted = hello.code else { return false }
        guard settings.identity == .token else { throw .noTokens }
        guard codes.rateLimiter.take(sessions[slot(of: session)].address, at: now.monotonic) else {
            throw .tooManyCodes(retry: ChatLimits.codeInterval)
        }
        guard let (user, code) = find(wanted, at: now) else {
            // The client repeats a hello whose answer it has not got.
            if let token = hello.token, let (user, device) = users.device(with: token.hash), device > 0 {
                guard !users[user].isBeingReleased else { throw .nameBeingReleased }
                guard try isAdmitted(session, user, at: now, into: &actions) else { return true }
                completeSignIn(session, user, device, token: nil, hello, at: now, into: &actions)
                return true
            }
            throw wanted.refusal
        }
        guard !users[user].isBeingReleased else { throw .nameBeingReleased }
        guard try isAdmitted(session, user, at: now, into: &actions) else { return true }
        guard !codes.hasDevice(of: users[user].id) else { throw .tryAgain("Another device is signing in. Try again.") }
        addDevice(to: user, wanted, code, hello, session, at: now, into: &actions)
        return true
    }

    private func find(_ wanted: HelloCommand.SignInCode, at now: Moment) -> (user: UInt32, code: TokenHash)? {
        switch wanted {
        case .link(let code):
            guard let code, let link = codes.links[code.hash], link.due > now.monotonic else { return nil }
            return users.index(of: link.user).map { ($0, code.hash) }
        case .recovery(let code):
            guard let code else { return nil }
            return users.user(ofRecovery: code.hash).map { ($0, code.hash) }
        }
    }

    private mutating func addDevice(
        to user: UInt32, _ wanted: HelloCommand.SignInCode, _ code: TokenHash, _ hello: HelloCommand,
        _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) {
        let (id, own) = (users[user].id, hello.token.flatMap { isNew($0) ? $0 : nil })
        let token = own ?? Token(from: &random)
        var new = NewDevice(user: id, token: token.hash, label: hello.label, at: now.wall)
        var link: SignInCodes.Link?
        switch wanted {
        case .link: link = codes.takeLink(code, at: now.monotonic)
        case .recovery: new.recovery = code
        }
        let devices = users.devices(of: user)
        if devices.count >= ChatLimits.devicesOfUser {
            let used = Set(users[user].sessions.map { sessions[Int($0)].device })
            let unused = devices.filter { !used.contains($0.position) }
            new.replaces = (unused.isEmpty ? devices : unused).min { $0.device.seen < $1.device.seen }?.device.id
        }
        codes.add(
            PendingDevice(
                user: id, session: session, hello: hello, token: token, link: link.map { ($0, code) },
                isTokenOfClient: own != nil))
        sessions[slot(of: session)].stage = .claiming
        actions.append(.append(.device(new), from: session))
    }

    /// Whether a client may give its device this token.
    private func isNew(_ token: Token) -> Bool {
        TokenHash(hexadecimal: token.text) != nil && users.index(of: token.hash) == nil
            && names.claims.name(of: token) == nil
    }

    /// The ledger has stored a new device.
    mutating func applyDevice(_ id: UInt64, _ new: NewDevice, at now: Moment, into actions: inout [Action]) {
        let pending = codes.removeDevice(new.token)
        guard let user = users.index(of: new.user), !users[user].isBeingReleased else {
            return refuse(pending, .nameBeingReleased, into: &actions)
        }
        if let old = new.replaces { signOut(device: old, of: user, at: now, into: &actions) }
        if let code = new.recovery, users.recovery(of: user) == code { users.setRecovery(nil, of: user) }
        let device = users.add(
            Device(id: id, token: new.token, created: new.at, seen: new.at, label: new.label), to: user)
        guard let pending else { return }
        guard isClaiming(pending.session) else {
            // No client has the token.
            if !pending.isTokenOfClient { actions.append(.append(.signOut(new.user, devices: [id]), from: nil)) }
            return
        }
        sessions[slot(of: pending.session)].stage = .open
        // A ban may have begun meanwhile.
        let name = users[user].name.key
        if let ban = sanctions.active(on: .user(new.user), at: now) ?? sanctions.active(on: .name(name), at: now) {
            return close(pending.session, ban.closeReason, at: now, into: &actions)
        }
        completeSignIn(pending.session, user, device, token: pending.token, pending.hello, at: now, into: &actions)
    }

    /// The ledger could not store a new device: its code is valid again.
    mutating func refuseDevice(_ new: NewDevice, into actions: inout [Action]) {
        let pending = codes.removeDevice(new.token)
        if let (link, code) = pending?.link { codes.add(link, code) }
        refuse(pending, .tryAgain("Your device could not be stored. Try again."), into: &actions)
    }

    private mutating func refuse(_ pending: PendingDevice?, _ refusal: Refusal, into actions: inout [Action]) {
        guard let session = pending?.session, isClaiming(session) else { return }
        sessions[slot(of: session)].stage = .open
        actions.append(.send(session, json: ServerEvent.error(refusal).json))
    }
}
