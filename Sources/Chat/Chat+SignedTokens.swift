// Users of a site that has its own logins: a token that the site has signed says who they are. The subject of the token identifies the user,
// as the ledger has stored it; the name may change.

internal import Primitives
internal import SignedTokens
import StateCoding

extension Chat {
    /// - Parameter text: of any size and content.
    func verified(_ text: String, at now: Moment) throws(Refusal) -> SignedToken {
        guard let key = settings.tokenKey else {
            throw Refusal(.badToken, "This server accepts no signed tokens: it has no key (--token-key).")
        }
        do {
            return try SignedToken(text, key: key, at: now.wall)
        } catch {
            throw Refusal(error == .expired ? .tokenExpired : .badToken, error.sentence)
        }
    }

    /// The name that the site has given the user.
    func name(in token: SignedToken) throws(Refusal) -> UserName {
        do {
            return try UserName(token.name ?? token.subject)
        } catch {
            let claim = token.name == nil ? "sub (there is no name)" : "name"
            throw Refusal(
                .badToken, "The claim \(claim) of the signed token is no name: \(Refusal.badName(error).message)")
        }
    }

    /// Signs in with a signed token.
    mutating func signIn(
        with text: String, _ hello: HelloCommand, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        let token = try verified(text, at: now)
        let name = try name(in: token)
        var hello = hello
        hello.jwt = nil
        hello.grant = SignedSessions.Grant(expires: token.expires, rooms: token.rooms)
        if let user = users.index(ofSubject: token.subject) {
            guard !users[user].isBeingReleased else { throw .nameBeingReleased }
            // As with names from a proxy, the client can't choose another name.
            let ban = sanctions.active(on: .name(users[user].name.key), at: now)
            if let ban { return close(session, ban.closeReason, at: now, into: &actions) }
            guard try isAdmitted(session, user, at: now, into: &actions) else { return }
            completeSignIn(session, user, 0, token: nil, hello, at: now, into: &actions)
            rename(user, to: name, at: now, into: &actions)
        } else if let key = names.claims.key(ofSubject: token.subject) {
            names.claims.join(key, session, hello)
            sessions[slot(of: session)].stage = .claiming
        } else {
            if let ban = sanctions.active(on: .name(name.key), at: now) {
                return close(session, ban.closeReason, at: now, into: &actions)
            }
            try requireFree(name)
            claim(name, nil, subject: token.subject, session, hello, at: now, into: &actions)
        }
    }

    /// Whether a new user of a signed token may have the name.
    func requireFree(_ name: UserName) throws(Refusal) {
        guard names.isFree(name) else {
            throw Refusal(
                .nameTaken, "Your name \(name.text) is that of another user here. Your site must give you another one.")
        }
        guard users.count < users.limit else { throw .tryAgain("All names are taken. Try again later.") }
    }

    /// The site has given the user another name. Where it is not free, the user keeps the old one.
    private mutating func rename(
        _ user: UInt32, to new: UserName, at now: Moment, into actions: inout [Action]
    ) {
        guard !new.text.utf8.elementsEqual(users[user].name.text.utf8), !users[user].isBeingRenamed,
            sanctions.active(on: .name(new.key), at: now) == nil
        else { return }
        if names.owner(ofKey: new.key) != user {
            guard names.isFree(new) else { return }
            names.hold(new)
        }
        users[user].isBeingRenamed = true
        actions.append(.append(.rename(users[user].id, name: new.text), from: nil))
    }

    /// - Returns: the only rooms that the session may use; nil for all.
    func signedRooms(of session: SessionID) -> [String]? { signedSessions[session.slot]?.rooms }

    func requireAccess(of session: SessionID, to room: RoomName) throws(Refusal) {
        guard signedRooms(of: session)?.contains(room.text) ?? true else {
            throw Refusal(.noSuchRoom, "Your signed token does not allow the room \(room.text).", about: .room(room))
        }
    }

    /// Closes the sessions whose tokens have expired. Their users stay in their rooms for the grace period: clients come back at once.
    mutating func closeExpired(at now: Moment, into actions: inout [Action]) {
        var due: [SessionID] = []
        while let session = signedSessions.popExpired(at: now, canReceive) {
            signedSessions.remove(session)
            due.append(session)
        }
        for session in due {
            sessions[slot(of: session)].stage = .closing
            actions.append(.close(session, .tokenExpired))
        }
    }

    // MARK: a planned restart

    var hasSignedState: Bool { !signedSessions.grants.isEmpty }

    func writeSigned(to writer: inout StateWriter) {
        let slots = signedSessions.grants.keys.filter { sessions[Int($0)].stage == .open }.sorted()
        writer.write(each: slots) { writer, slot in
            writer.write(UInt64(slot))
            writer.write(signedSessions[slot]?.expires ?? 0)
            writer.write(signedSessions[slot]?.rooms) { writer, rooms in writer.write(each: rooms) { $0.write($1) } }
        }
    }

    mutating func resumeSigned(
        from reader: inout StateReader, _ session: (UInt32) -> SessionID?, at now: Moment
    ) throws(StateError) {
        try reader.each { (reader) throws(StateError) in
            let (slot, expires) = (try reader.integer(UInt32.self), try reader.int64())
            let rooms = try reader.optional { (reader) throws(StateError) in
                var rooms: [String] = []
                try reader.each { (reader) throws(StateError) in rooms.append(try reader.string()) }
                return rooms
            }
            guard let session = session(slot) else { return }
            guard isConnected(session), sessions[Int(slot)].user != nil else { throw StateError() }
            signedSessions.add(session, SignedSessions.Grant(expires: expires, rooms: rooms), at: now)
        }
    }
}
