// What goes wrong in a world: lines break or say nothing, the daemon crashes, the power fails, much time passes.

import Host
import Model

@testable import Chat

extension World {
    func breakSomething() {
        if dice.permille(profile.crashes), startsAt == nil { crash() }
        if profile.powerFailures > 0, dice.permille(profile.powerFailures), startsAt == nil { losePower() }
        if dice.permille(profile.handovers), startsAt == nil { handOver() }
        if dice.permille(profile.jumps) {
            let long = Int64(profile.settings.nameDays) * 86_400_000
            jump(dice.pick([5_000, 11_000, 86_400_000, long / 2, long + 1, long * 2]))
        }
        if dice.permille(profile.orders), startsAt == nil { orderSomething() }
        for client in clients {
            let links = client.links
            guard !links.isEmpty else { continue }
            if dice.permille(profile.cuts) { cut(dice.pick(links), of: client) }
            if dice.permille(profile.stalls) || client.vice == .laggard, stalled[client.index] ?? .min <= now.monotonic
            {
                stalled[client.index] = now.monotonic + Int64(dice.pick([1_000, 5_000, 40_000]))
            }
        }
    }

    /// Much time passes in which nobody does anything.
    private func jump(_ milliseconds: Int64) {
        let end = now.monotonic + milliseconds
        while now.monotonic < end, findings.isClean {
            pass(min(end - now.monotonic, World.tickOfJump))
            ledger.step()
            if startsAt == nil {
                daemon.turn(isHurried: false)
                daemon.tick()
            }
        }
        findings.note("time has jumped to \(now.monotonic) ms")
    }

    /// Milliseconds between two ticks while time jumps.
    static let tickOfJump: Int64 = 21_600_000

    /// The line is cut at any byte; the daemon may learn of it late.
    private func cut(_ link: Link, of client: Client) {
        let wait = dice.pick([0, 0, 500, 4_000, 12_000])
        client.receive(link.read(dice.below(link.down.count + 1)), on: link)
        guard client.links.contains(where: { $0 === link }) else { return }
        link.cut(
            keeping: dice.below(link.up.count + 1),
            endsAt: now.monotonic + Int64(dice.pick([0, 0, 300, 8_000, 60_000])))
        client.ended(link, wait: wait)
    }

    private func crash() {
        findings.note("the daemon crashes")
        findings.took(.crashed)
        left.places = daemon.doors.places
        breakLines(survivors: profile.survivors)
        ledger.crash()
    }

    /// The machine stops: no line outlives that, nobody knows who was there, and the newest commits are gone.
    private func losePower() {
        left.places = []
        breakLines(survivors: 0)
        let gone = ledger.losePower()
        if !gone.isEmpty { findings.took(.lostPower) }
        forget(gone)
        watch.forgets(gone)
    }

    private func breakLines(survivors: Int) {
        watch.crashes(daemon.chat, at: now)
        left.lines = []
        for link in daemon.links.compactMap({ $0 }) {
            if link.phase == .open, link.use == .chat, dice.permille(survivors) {
                findings.took(.outlivedCrash)
                link.outlive()
                left.lines.append(link)
                continue
            }
            let client = clients[link.client]
            client.receive(link.read(dice.below(link.down.count + 1)), on: link)
            link.phase = .gone
            client.ended(link, wait: dice.below(6_000))
        }
        // Sessions of Socket.IO end in a crash, also those that had no request under way. Their clients come back with a hello, as
        // all clients do.
        for client in clients where client.socket != nil { client.lost(wait: dice.below(6_000)) }
        startsAt = now.monotonic + Int64(dice.pick([0, 3_000, 20_000]))
    }

    func start() {
        startsAt = nil
        daemon = Daemon(profile, dice, ledger, watch, findings, at: now)
        watch.begins(ledger.disk)
        lastCrash += 1
        let places = profile.fault == .forgottenPresences ? [] : left.places
        watch.expects(left.places, at: now)
        daemon.adopt(left.lines, places, again: lastCrash)
    }

    /// A planned restart, which nobody notices.
    private func handOver() {
        daemon.isHandingOver = true
        var rounds = 0
        while !(ledger.isWritten && daemon.host.isSettled) {
            pass(1)
            ledger.step()
            daemon.turn(isHurried: false)
            rounds += 1
            // It does not end in time, and goes on.
            guard rounds < 1_000, findings.isClean else { return daemon.isHandingOver = false }
        }
        findings.note("another daemon goes on")
        findings.took(.handedOver)
        ledger.forgetQuestions()
        let next = Daemon(profile, dice, ledger, watch, findings, at: now)
        watch.restarts()
        next.goOn(from: daemon)
        daemon = next
    }
}
