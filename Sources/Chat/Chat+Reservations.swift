// For how long a name stays reserved while its user is away, and how it is released.

extension Chat {
    /// Restores a user from the ledger's snapshot.
    mutating func restore(_ known: KnownUser) {
        // A newer version of Unicode may have made two names the same. Then the second owner has to choose another name.
        guard let name = try? UserName(stored: known.name), names.isFree(name) else { return }
        var user = User(id: known.id, name: name, token: nil, seen: known.seen)
        user.newestPrivate = known.newestPrivate
        user.isConfirmed = true
        let index = users.insert(user)
        users.setStatus(known.status, of: index)
        users.setSubject(known.subject, of: index)
        if let code = known.recovery { users.setRecovery(code, of: index) }
        names.give(name, to: index)
    }

    /// Restores the names that a user gave up, once all users have their names. Another user may have taken one of them since.
    mutating func restoreFormerNames(of known: KnownUser) {
        guard let user = users.index(of: known.id) else { return }
        for former in known.formerNames {
            guard let name = try? UserName(stored: former.name), names.isFree(name) else { continue }
            names.give(name, to: user)
            if let free = names.former.add(name, of: known.id, since: former.since) { names.release(free) }
        }
    }

    /// Records in the ledger that the user is connected with this device.
    /// - Parameter interval: milliseconds since it was last recorded.
    mutating func recordSeen(
        _ user: UInt32, _ device: UInt8, every interval: Int64 = ChatLimits.seenInterval, at now: Moment,
        into actions: inout [Action]
    ) {
        // Its time is in the future where the clock was ahead then.
        guard now.isClockSettled, abs(now.wall - users.seen(device, of: user)) >= interval else { return }
        users.setSeen(device, of: user, at: now.wall)
        let id = device == 0 ? nil : users.device(at: device, of: user)?.id
        actions.append(.append(.seen(users[user].id, at: now.wall, device: id), from: nil))
    }

    /// Releases the names of users that have been away for too long. Records that the others are connected: a connection may last
    /// longer than a reservation, and after a crash only the ledger knows of it.
    /// - Parameter releases: false soon after the start, when users may not have come back yet.
    mutating func scanReservations(
        _ indices: Range<Int>, releases: Bool, at now: Moment, into actions: inout [Action]
    ) {
        if releases, now.isClockSettled {
            let end = now.wall - Int64(settings.nameDays) * 86_400_000
            // A rename that is on its way may be to one of them.
            for user in users.indices(in: indices, where: { !$0.isBeingRenamed }) {
                for name in names.former.remove(of: users[user].id, before: end) { names.release(name) }
            }
        }
        // The ledger's time may be a day old.
        let limit = now.wall - Int64(settings.nameDays) * 86_400_000 - ChatLimits.seenInterval
        for user in users.indices(in: indices, where: { $0.seen < limit || !$0.sessions.isEmpty }) {
            if !users[user].sessions.isEmpty {
                for slot in users[user].sessions {
                    recordSeen(user, sessions[Int(slot)].device, at: now, into: &actions)
                }
            } else if releases, now.isClockSettled {
                release(user, into: &actions)
            }
        }
    }

    /// Releases the name of a user whose client may not have received its token. Without the token, no client can sign in as this user.
    mutating func releaseUnconfirmed(_ user: UInt32, into actions: inout [Action]) {
        if !users[user].isConfirmed { release(user, into: &actions) }
    }

    private mutating func release(_ index: UInt32, into actions: inout [Action]) {
        let user = users[index]
        guard user.sessions.isEmpty, user.presences.isEmpty, !user.isBeingReleased, users.bot(index) == nil else {
            return
        }
        // The sanction would not apply to a new user with the same name.
        guard sanctions[.user(user.id)] == nil, sanctions[.mute(user.id)] == nil else { return }
        users[index].isBeingReleased = true
        actions.append(.append(.release(user.id), from: nil))
    }

    /// The ledger has stored the release. Only a bot may be connected then.
    mutating func applyRelease(_ id: UserID, at now: Moment, into actions: inout [Action]) {
        guard let user = users.index(of: id) else { return }
        closeSessions(of: user, .signedOut, at: now, into: &actions)
        for presence in users[user].presences { remove(user, from: presence.room, at: now, into: &actions) }
        // Sanctions may have been added while the release was on its way.
        sanctions.remove(.user(id))
        sanctions.remove(.mute(id))
        names.release(users[user].name)
        for name in names.former.removeAll(of: id) { names.release(name) }
        users.remove(user)
    }
}
