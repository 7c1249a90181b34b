// Another daemon takes the place of the one before: it continues from what that has written, or from what a crash leaves.

import StateCoding
import WebSocket

@testable import Chat
@testable import Host

extension Daemon {
    /// Continues where the other one stood.
    func goOn(from old: Daemon) {
        (links, generations, free) = (old.links, old.generations, old.free)
        if !old.chat.catchUps.isEmpty { findings.took(.handedOverWhileArriving) }
        let slots = links.indices.filter { links[$0] != nil }
        var writer = StateWriter()
        for slot in slots { links[slot]?.endpoint.write(to: &writer) }
        old.host.write(to: &writer, at: now)
        var reader = StateReader(writer.bytes)
        doors.isResuming = true
        do throws(StateError) {
            for slot in slots {
                if links[slot]?.endpoint.isBetweenMessages == false { findings.took(.handedOverInFrame) }
                let endpoint = try Endpoint(reading: &reader)
                links[slot]?.endpoint = endpoint
                links[slot]?.awaitsDrain = false
            }
            let live = links.map { $0?.phase == .open ? $0?.session : nil }
            try host.resume(
                from: &reader, session: { live[Int($0)] }, open: live.compactMap { $0?.slot }, at: now)
        } catch {
            findings.violated("the state can't be read")
        }
        doors.isResuming = false
        if profile.fault == .forgottenArrivals { host.chat.catchUps = [:] }
    }

    /// Takes over the links that have outlived a crash, and who was in which room.
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
        for place in places { _ = host.holdPresence(place.user, in: place.room, at: now) }
        for link in lines {
            host.recovered(
                link.session, authenticatedName: nil, address: World.address(of: link.client), resync: again, at: now)
            if profile.fault == .noBarrier { host.chat.pendingHellos.resyncs[link.session.slot] = nil }
        }
    }
}
