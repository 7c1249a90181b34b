// Another daemon takes the place of the one before: it goes on with all that was written down, or has only what a crash leaves.

import StateCoding
import WebSocket

@testable import Chat

extension Daemon {
    /// Who is in which room.
    var places: [(user: UserID, room: String)] {
        chat.sessions.flatMap { session in
            session.memberships.compactMap { membership in
                session.user.map { (chat.users[$0].id, chat.rooms[membership.room].name) }
            }
        }
    }

    /// Goes on where the other one stood.
    func goOn(from old: Daemon) {
        (links, generations, free) = (old.links, old.generations, old.free)
        if !old.chat.catchUps.isEmpty { findings.took(.handedOverWhileArriving) }
        var writer = StateWriter()
        old.chat.write(to: &writer, at: now)
        let slots = links.indices.filter { links[$0] != nil }
        for slot in slots { links[slot]?.endpoint.write(to: &writer) }
        var reader = StateReader(writer.bytes)
        var made: [Action] = []
        do throws(StateError) {
            let live = links.map { $0?.phase == .open ? $0?.session : nil }
            try chat.resume(
                from: &reader, session: { live[Int($0)] }, open: live.compactMap { $0?.slot }, at: now, into: &made)
            for slot in slots {
                if links[slot]?.endpoint.isBetweenMessages == false { findings.took(.handedOverInFrame) }
                let endpoint = try Endpoint(reading: &reader)
                links[slot]?.endpoint = endpoint
                links[slot]?.isPaced = false
            }
        } catch {
            findings.violated("the state can't be read")
        }
        findings.expect(reader.isAtEnd, "the state is longer than what was read")
        if profile.fault == .forgottenArrivals { chat.catchUps = [:] }
        withChat { _, _, actions in actions += made }
        for action in made {
            switch action {
            case .subscribe, .identified, .joinedRoom, .awaitDrain: break
            default: findings.violated("a planned restart is noticed: \(action)")
            }
        }
    }

    /// Has the lines that have outlived a crash, and what is known of that time.
    func adopt(_ lines: [Link], _ places: [(user: UserID, room: String)], again: UInt32) {
        for link in lines {
            let slot = Int(link.session.slot)
            while links.count <= slot {
                links.append(nil)
                generations.append(0)
            }
            links[slot] = link
            generations[slot] = link.session.generation
        }
        free = links.indices.filter { links[$0] == nil }.map(UInt32.init)
        withChat { chat, now, _ in
            for place in places { _ = chat.holdPresence(place.user, in: place.room, at: now) }
        }
        for link in lines {
            withChat {
                $0.recovered(
                    link.session, authenticatedName: nil, address: World.address(of: link.client), again: again, at: $1,
                    into: &$2
                )
            }
            if profile.fault == .noBarrier { chat.pendingHellos.resyncs[link.session.slot] = nil }
        }
    }
}
