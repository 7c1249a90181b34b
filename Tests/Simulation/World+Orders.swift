// What administrators order.

import Host
import Model
import Primitives

@testable import Chat

extension World {
    /// Where a client is: eight of them behind one /29.
    static func address(of client: Int) -> IPAddress {
        IPAddress(high: 0, low: 0xffff_c000_0200 + UInt64(client))
    }

    func orderSomething() {
        let name = dice.pick(clients).name
        let until = now.wall + Int64(dice.pick([1_000, 20_000, 400_000, 100_000_000]))
        switch dice.below(100) {
        case ..<15: order(.kick(name: name, reason: nil))
        case ..<25: order(.ban(target(name), until: dice.permille(800) ? until : nil, reason: "Why"))
        case ..<35: order(.unban(target(name)))
        case ..<45: order(.mute(name: name, until: dice.permille(800) ? until : nil, reason: nil))
        case ..<50: order(.unmute(name: name))
        case ..<60: order(.announce("Hear \(now.monotonic)"))
        default:
            // Often a new one, that is still under way somewhere.
            let newest = Int(daemon.chat.newest)
            order(.delete(UInt64(max(newest - dice.below(dice.pick([3, 30, newest + 1])), 0))))
        }
    }

    /// Nobody is banned or muted any more.
    func pardon() {
        for sanction in daemon.chat.sanctionList {
            switch sanction.subject {
            case .name(let key): order(.unban(.name(key)))
            case .user: order(.unban(.user(sanction.name)))
            case .network(let network): order(.unban(.network(network)))
            case .mute(let id):
                order(.unmute(name: daemon.chat.users.index(of: id).map { daemon.chat.users[$0].name.text } ?? ""))
            }
        }
    }

    private func order(_ order: AdminCommand) {
        adminResult += 1
        let number = adminResult
        findings.note("order \(number): \(order)")
        watch.orders.insert(number)
        watch.isAsked = true
        daemon.host.administer(order, at: now) { [watch] in watch.concludes(number, $0) }
        watch.isAsked = false
    }

    private func target(_ name: String) -> BanTarget {
        switch dice.below(3) {
        case 0: return .name(name)
        case 1: return .user(name)
        default:
            let first = World.address(of: dice.below(clients.count) & ~7)
            let isOne = dice.permille(500)
            return .network(
                IPNetwork(first, bits: isOne ? 128 : 125))
        }
    }
}
