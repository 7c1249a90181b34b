// Devices in the restart state, and only where there is something, or presence follows: the sessions of devices other than the
// first ones, and the links that are not used yet.

import StateCoding

extension Chat {
    /// Whether the state has a part after the unanswered queries.
    var hasLaterState: Bool { hasDeviceState || hasPresenceState || hasSignedState }

    private var hasDeviceState: Bool {
        !codes.links.isEmpty || sessions.contains { $0.stage == .open && $0.device != 0 }
    }

    func writeDevices(to writer: inout StateWriter, at now: Moment) {
        let slots = sessions.indices.filter { sessions[$0].stage == .open && sessions[$0].device != 0 }
        writer.write(each: slots) { writer, slot in
            let session = sessions[slot]
            writer.write(UInt64(slot))
            writer.write(session.user.flatMap { users.device(at: session.device, of: $0)?.id } ?? 0)
        }
        let links = codes.links.sorted { ($0.value.due, $0.key.high) < ($1.value.due, $1.key.high) }
        writer.write(each: links) { writer, link in
            writer.write(link.key.high)
            writer.write(link.key.low)
            writer.write(link.value.user.number)
            writer.write(link.value.due - now.monotonic)
        }
    }

    mutating func resumeDevices(
        from reader: inout StateReader, _ session: (UInt32) -> SessionID?, at now: Moment
    ) throws(StateError) {
        try reader.each { (reader) throws(StateError) in
            let (slot, device) = (try reader.integer(UInt32.self), try reader.uint64())
            guard let session = session(slot) else { return }
            guard isConnected(session), let user = sessions[Int(slot)].user,
                let position = users.position(ofDevice: device, of: user)
            else { throw StateError() }
            sessions[Int(slot)].device = position
        }
        try reader.each { (reader) throws(StateError) in
            let code = TokenHash(high: try reader.uint64(), low: try reader.uint64())
            let (user, due) = (UserID(try reader.uint64()), try now.monotonic + reader.time())
            codes.add(SignInCodes.Link(user: user, due: due), code)
        }
    }
}
