// A connection's life in the daemon: what comes in on it, and its end.

import WebSocket

@testable import Chat

extension Daemon {
    // MARK: what comes in

    func hear(_ link: Link, _ isHurried: Bool) {
        if !link.up.isEmpty, isHurried || dice.permille(800) {
            let count = isHurried || dice.permille(600) ? link.up.count : 1 + dice.below(link.up.count)
            let bytes = Array(link.up.prefix(count))
            link.up.removeFirst(count)
            var events: [Endpoint.Event] = []
            link.endpoint.receive(bytes.span) { events.append($0) }
            for event in events { handle(event, link) }
        }
        if link.up.isEmpty, let end = link.endsAt, end <= now.monotonic { drop(link) }
    }

    private func handle(_ event: Endpoint.Event, _ link: Link) {
        guard link.phase == .open else {
            if case .closing = link.phase {
                switch event {
                case .close, .failed: drop(link)
                default: break
                }
            }
            return
        }
        switch event {
        case .text(let text):
            let text = Planter.change(text, profile.fault, watch, dice)
            findings.note("\(link.session.slot)> \(String(decoding: text, as: UTF8.self))")
            let asked = ledger.asked
            watch.isAsked = true
            withChat { $0.received(link.session, text, at: $1, into: &$2) }
            watch.isAsked = false
            if ledger.asked == asked, text.firstRange(of: Array(#""since":"#.utf8)) != nil {
                findings.took(.resumedFromMemory)
            }
        case .binary: close(link, CloseCode.unsupportedData.rawValue, "Only text messages are spoken here.")
        case .ping(let payload): link.write(Frame.pong(payload), at: now.monotonic)
        case .pong: break
        case .close(let code, _): answer(link, Frame.close(code, reason: ""))
        case .failed(let code, let why):
            findings.took(.protocolFailure)
            answer(link, Frame.close(code.rawValue, reason: why))
        }
    }

    // MARK: the end of a connection

    func close(_ link: Link, _ code: UInt16, _ reason: String) {
        guard link.phase == .open else { return }
        link.phase = .closing(until: now.monotonic + 5_000)
        leaveChat(link)
        link.write(Frame.close(code, reason: reason), at: now.monotonic)
        findings.note("\(link.session.slot) is closed with \(code)")
    }

    private func answer(_ link: Link, _ frame: [UInt8]) {
        leaveChat(link)
        link.phase = .closing(until: now.monotonic + 5_000)
        link.write(frame, at: now.monotonic)
    }

    func drop(_ link: Link) {
        // Its last bytes may have ended it already.
        guard link.phase != .gone else { return }
        if link.phase == .open { leaveChat(link) }
        link.phase = .gone
        let slot = link.session.slot
        links[Int(slot)] = nil
        generations[Int(slot)] += 1
        free.append(slot)
    }

    func cutOff(_ link: Link) {
        guard link.phase == .open else { return }
        findings.took(.cutOff)
        link.cutQueue()
        close(link, 4000, "You read too slowly. Connect again.")
    }

    private func leaveChat(_ link: Link) {
        watch.leaves(link.session, chat, at: now)
        findings.note("\(link.session.slot) is gone")
        withChat { $0.disconnected(link.session, at: $1, into: &$2) }
    }
}
