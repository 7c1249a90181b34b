// A connection's life in the daemon: what comes in on it, and its end.

import Bridge
import WebSocket

@testable import Chat
@testable import Host

extension Daemon {
    // MARK: what comes in

    func hear(_ link: Link, _ isHurried: Bool) {
        if !link.up.isEmpty, isHurried || dice.permille(800) {
            let count = isHurried || dice.permille(600) ? link.up.count : 1 + dice.below(link.up.count)
            let bytes = Array(link.up.prefix(count))
            link.up.removeFirst(count)
            if link.use == .request { return receiveRequest(bytes, link) }
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
        case .text(let text) where link.use == .socketIO: receiveMessage(text, isBinary: false, link)
        case .binary(let bytes) where link.use == .socketIO: receiveMessage(bytes, isBinary: true, link)
        case .text(let text): tellChat(text, of: link.session)
        case .binary: close(link, CloseCode.unsupportedData.rawValue, "Only text messages are accepted here.")
        case .ping(let payload): link.write(Frame.pong(payload), at: now.monotonic)
        case .pong: break
        case .close(let code, _): answer(link, Frame.close(code, reason: ""))
        case .failed(let code, let why):
            findings.took(.protocolFailure)
            answer(link, Frame.close(code.rawValue, reason: why))
        }
    }

    /// The chat gets a command.
    func tellChat(_ text: [UInt8], of session: SessionID) {
        let text = Planter.change(text, profile.fault, watch, dice)
        findings.note("\(session.slot)> \(String(decoding: text, as: UTF8.self))")
        let asked = ledger.asked
        watch.isAsked = true
        host.received(session, text, at: now)
        watch.isAsked = false
        if ledger.asked == asked, text.firstRange(of: Array(#""since":"#.utf8)) != nil {
            findings.took(.resumedFromMemory)
        }
    }

    // MARK: the end of a connection

    func close(_ link: Link, _ code: UInt16, _ reason: String) {
        guard link.phase == .open else { return }
        beginClosing(link, code, reason)
        ended(link)
    }

    /// Sends the close frame; the session ends next.
    func beginClosing(_ link: Link, _ code: UInt16, _ reason: String) {
        link.phase = .closing(until: now.monotonic + 5_000)
        notesEnd(of: link)
        guard link.use != .request else { return }
        link.write(Frame.close(code, reason: reason), at: now.monotonic)
        findings.note("\(link.session.slot) is closed with \(code)")
    }

    private func answer(_ link: Link, _ frame: [UInt8]) {
        link.phase = .closing(until: now.monotonic + 5_000)
        notesEnd(of: link)
        ended(link)
        link.write(frame, at: now.monotonic)
    }

    func drop(_ link: Link) {
        // Its last bytes may have ended it already.
        guard link.phase != .gone else { return }
        let wasOpen = link.phase == .open
        link.phase = .gone
        if wasOpen { notesEnd(of: link) }
        if wasOpen || link.use != .chat { ended(link) }
        links[Int(link.session.slot)] = nil
        release(link.session.slot)
    }

    /// Nothing more comes on the connection.
    private func ended(_ link: Link) {
        if link.use == .chat { return host.disconnected(link.session, at: now) }
        bridged { $0.carrierClosed(link.carrier, at: now.monotonic, into: &$1) }
        giveInputs()
    }

    func closeSlowReader(_ link: Link) {
        guard link.phase == .open else { return }
        findings.took(.cutOff)
        link.cutQueue()
        close(link, CloseReason.slowReader.code, CloseReason.slowReader.reason)
    }

    private func notesEnd(of link: Link) {
        if link.use == .chat { notesEnd(of: link.session) } else { doors.unsubscribeFromRooms(link.session) }
    }

    func notesEnd(of session: SessionID) {
        watch.leaves(session, chat, at: now)
        findings.note("\(session.slot) is gone")
    }

    /// A planted fault: the chat forgets which messages were deleted.
    func forgetChanges() { host.chat.reads.forgetChanges() }
}
