// Another daemon takes the place of the one before: it continues from what that has written, or from what a crash leaves.

import Bridge
import StateCoding
import WebSocket

@testable import Chat
@testable import Host

extension Daemon {
    /// Continues where the other one stood.
    func goOn(from old: Daemon) {
        old.releasePolls()
        if !old.chat.catchUps.isEmpty { findings.took(.handedOverWhileArriving) }
        links = old.links
        let slots = links.indices.filter { links[$0] != nil }
        var writer = StateWriter()
        for slot in slots { links[slot]?.endpoint.write(to: &writer) }
        // In the next process all generations begin at 0.
        old.bridge.write(to: &writer, at: now.monotonic) { $0 & 0xffff_ffff }
        old.host.write(to: &writer, at: now)
        generations = links.map { _ in 0 }
        for case let link? in links { link.session = SessionID(slot: link.session.slot, generation: 0) }
        watch.ended = []
        var reader = StateReader(writer.bytes)
        doors.isResuming = true
        do throws(StateError) {
            for slot in slots {
                if links[slot]?.endpoint.isBetweenMessages == false { findings.took(.handedOverInFrame) }
                let endpoint = try Endpoint(reading: &reader)
                links[slot]?.endpoint = endpoint
                links[slot]?.awaitsDrain = false
            }
            var live = Set(links.filter { $0?.use == .chat && $0?.phase == .open }.compactMap { $0?.session.slot })
            let places = try resumeBridge(from: &reader)
            findings.expect(live.isDisjoint(with: places), "two sessions have one slot")
            live.formUnion(places)
            free = links.indices.filter { links[$0] == nil && !places.contains(UInt32($0)) }.map(UInt32.init)
            try host.resume(
                from: &reader, session: { live.contains($0) ? SessionID(slot: $0, generation: 0) : nil },
                open: live.sorted(), at: now)
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
