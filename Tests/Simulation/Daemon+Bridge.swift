// Sessions of Socket.IO: the transport's duties for the bridge that the real daemon runs. Their requests and WebSockets are links;
// each of them has a slot without a link.

import Chat
import DequeModule
import HTTP
import Host
import Primitives
import StateCoding
import WebSocket

@testable import Bridge
@testable import SocketIO

extension Daemon {
    func makeBridge() -> Bridge {
        let settings = EngineSettings(
            pingInterval: BridgeLimits.pingInterval, pingTimeout: BridgeLimits.pingTimeout,
            maxPayload: WebSocketLimits.messageBytes, queueBytes: profile.outboxBytes,
            keepTimeout: BridgeLimits.connectMilliseconds)
        // A WebSocket's session has a slot of its own here, as a second one on it has in the daemon.
        return Bridge(settings: settings, ledger: chat.ledger, random: dice.split()) { [unowned self] _ in takeSlot() }
    }

    /// Changes the bridge, and does what comes of it; inputs of the chat wait for `giveInputs`.
    func bridged(_ body: (inout Bridge, inout [Bridge.Output]) -> Void) {
        var outputs: [Bridge.Output] = []
        body(&bridge, &outputs)
        let isUpgrade = outputs.contains { if case .upgraded = $0 { true } else { false } }
        for output in outputs {
            if profile.fault == .deafToUpgrade, isUpgrade, case .subscribe = output { continue }
            perform(output)
        }
    }

    private func perform(_ output: Bridge.Output) {
        switch output {
        case .respond(let carrier, let response):
            guard let link = link(carrier), link.use == .request, link.phase == .open else { return }
            link.phase = .closing(until: now.monotonic + 5_000)
            link.write(response.bytes(), at: now.monotonic)
        case .send(let carrier, let bytes):
            guard let link = link(carrier), link.phase == .open else { return }
            var frame: [UInt8] = []
            Frame.text(bytes, to: &frame)
            link.write(frame, at: now.monotonic)
        case .closeWebSocket(let carrier):
            guard let link = link(carrier), link.phase == .open else { return }
            beginClosing(link, CloseCode.normal.rawValue, "")
        case .subscribe(let carrier, let room, let form):
            guard let link = link(carrier), link.phase == .open else { return }
            doors.subscribe(Doors.Subscriber(session: link.session, form: form), to: room)
        case .unsubscribe(let carrier, let room, let form):
            guard let link = link(carrier) else { return }
            doors.unsubscribe(Doors.Subscriber(session: link.session, form: form), from: room)
        case .unsubscribeFromRooms(let carrier, let form):
            guard let link = link(carrier) else { return }
            for room in doors.subscribers.indices {
                let subscriber = Doors.Subscriber(session: link.session, form: form)
                guard doors.subscribers[room].contains(subscriber) else { continue }
                doors.unsubscribe(subscriber, from: RoomID(index: UInt32(room)))
            }
        case .upgraded: findings.took(.upgraded)
        case .input(let input): chatInputs.append(input)
        }
    }

    private func link(_ carrier: CarrierID) -> Link? {
        links[Int(UInt32(truncatingIfNeeded: carrier))].flatMap { $0.carrier == carrier ? $0 : nil }
    }

    /// The WebSocket with this slot, as long as it is open in our direction.
    func openSocketIO(_ session: SessionID) -> Link? {
        links[Int(session.slot)].flatMap { $0.session == session && $0.phase == .open ? $0 : nil }
    }

    /// Where the client of a session is.
    func address(of session: SessionID) -> IPAddress {
        if let participant = bridge.participants[session.slot], participant.session == session {
            guard let carrier = bridge.webSocket(of: session) else {
                return bridge.pollers[participant.engine] ?? .unspecified
            }
            return World.address(of: link(carrier)?.client ?? 0)
        }
        return World.address(of: links[Int(session.slot)]?.client ?? 0)
    }

    // MARK: what comes in

    /// A client opens a WebSocket of Socket.IO.
    /// - Returns: nil where it is refused.
    func acceptWebSocket(_ client: Int, _ head: RequestHead) -> Link? {
        guard bridge.refusal(head) == nil, bridge.takesWebSocket(head) else { return nil }
        let link = place(client, .socketIO)
        let engineClient = engineClient(head, client)
        bridged { $0.webSocketOpened(link.carrier, head, from: engineClient, at: now.monotonic, into: &$1) }
        giveInputs()
        return link
    }

    func receiveRequest(_ bytes: [UInt8], _ link: Link) {
        // Nothing follows a whole request.
        guard link.request != nil else { return }
        do throws(HTTPError) {
            guard let (request, _) = try link.request?.receive(bytes.span) else { return }
            link.request = nil
            let engineClient = engineClient(request.head, link.client)
            bridged { $0.request(link.carrier, request, from: engineClient, at: now.monotonic, into: &$1) }
            giveInputs()
        } catch {
            drop(link)
        }
    }

    private func engineClient(_ head: RequestHead, _ client: Int) -> EngineClient {
        EngineClient(
            head, address: World.address(of: client), authenticatedName: nil, newToken: bridge.newToken())
    }

    func receiveMessage(_ bytes: [UInt8], isBinary: Bool, _ link: Link) {
        bridged { $0.webSocketMessage(link.carrier, bytes, isBinary: isBinary, at: now.monotonic, into: &$1) }
        giveInputs()
    }

    func tickBridge() {
        guard !bridge.isIdle else { return }
        bridged { $0.tick(at: now.monotonic, into: &$1) }
        giveInputs()
    }

    /// Gives the chat what clients of Socket.IO have sent. Not to be called within a call of the chat.
    func giveInputs() {
        while !chatInputs.isEmpty {
            let inputs = chatInputs
            chatInputs = []
            for input in inputs { give(input) }
        }
    }

    private func give(_ input: Bridge.ChatInput) {
        switch input {
        case .connected(let session, let client, let carrier):
            watch.ended.remove(session)
            findings.expect(links[Int(session.slot)] == nil, "\(session) has the slot of a connection")
            let own = carrier.flatMap { link($0) }.map { World.address(of: $0.client) }
            host.connected(session, address: own ?? client.address, token: client.token, at: now)
        case .received(let session, let text, let command):
            guard bridge.holds(session) else { return }
            bridge.begin(session, command: command)
            tellChat(text, of: session)
            bridged { $0.end(session, command: command, at: now.monotonic, into: &$1) }
        case .disconnected(let session):
            notesEnd(of: session)
            host.disconnected(session, at: now)
            release(session.slot)
        case .released(let session): release(session.slot)
        }
    }

    // MARK: what goes out

    /// Whether everything that was sent to a session of the bridge is written, or fetched by polls.
    func hasGotEverything(_ session: SessionID) -> Bool {
        guard let carrier = bridge.webSocket(of: session) else { return bridge.isFetched(session) }
        return link(carrier)?.outbox.isEmpty ?? true
    }

    // MARK: another daemon

    /// Answers all waiting polls: their clients reach the next daemon.
    func releasePolls() {
        let sessions = bridge.engine.inUse.map(\.session)
        if sessions.contains(where: { $0.polling?.queue.isEmpty == false }) { findings.took(.handedOverPolled) }
        for case .upgrading in sessions.map(\.phase) { findings.took(.handedOverUpgrading) }
        bridged { $0.releasePolls(at: now.monotonic, into: &$1) }
    }

    /// Continues the sessions that another daemon has written.
    /// - Returns: their slots.
    func resumeBridge(from reader: inout StateReader) throws(StateError) -> Set<UInt32> {
        var resumed = makeBridge()
        try resumed.resume(from: &reader, version: .max, at: now.monotonic)
        for carrier in resumed.webSockets where links[Int(carrier)]?.phase != .open {
            resumed.forget(carrier, at: now.monotonic)
        }
        for polling in resumed.engine.inUse.compactMap(\.session.polling) {
            guard let first = polling.queue.first, first.kind == .message else { continue }
            if profile.fault == .lostPacket { polling.queue.removeFirst() }
            if profile.fault == .doubledPacket { polling.queue.prepend(first) }
        }
        bridge = resumed
        return Set(resumed.places.map(\.session.slot))
    }

    // MARK: what is known of it

    /// The session of the chat that belongs to a client's session of Engine.IO, which a WebSocket or polls carry.
    func session(of sid: String?, on links: [Link]) -> SessionID? {
        bridge.participants.all.first { participant in
            guard let carrier = bridge.webSocket(of: participant.session) else {
                return sid != nil && bridge.engine.session(participant.engine)?.polling?.sid == sid
            }
            return links.contains { $0 === link(carrier) }
        }?.session
    }

    /// How often a session is subscribed to a room.
    func subscriptions(of session: SessionID, to room: RoomID) -> Int {
        let known = Int(room.index) < doors.subscribers.count ? doors.subscribers[Int(room.index)] : []
        guard let participant = bridge.participants[session.slot], participant.session == session else {
            return known.filter { $0.session == session }.count
        }
        let carrier = bridge.webSocket(of: session).flatMap { link($0) }
        let polled = bridge.polled[room.index]?.filter { $0 == session }.count ?? 0
        return polled + known.filter { $0.session == carrier?.session && $0.form == participant.form }.count
    }

    /// Nothing is left of sessions that are over.
    func checkBridge() {
        let participants = bridge.participants.all.map(\.session.slot).sorted()
        findings.expect(
            participants == bridge.sessions.compactMap(\.self).flatMap(\.participants).map(\.session.slot).sorted(),
            "sessions of Socket.IO without a client, or the other way round")
        let numbers = bridge.sessions.indices.filter { bridge.sessions[$0] != nil }
        findings.expect(
            numbers == bridge.engine.inUse.map { Int($0.number) }.sorted(), "sessions of Engine.IO are left")
        findings.expect(
            bridge.messageSenders.values.allSatisfy { bridge.holds($0) }, "somebody who is gone waits for an answer")
        findings.expect(
            bridge.polled.values.joined().allSatisfy { bridge.holds($0) }, "somebody who is gone hears a room")
        findings.expect(
            bridge.pollingSessions == bridge.engine.inUse.count { $0.session.webSocket == nil },
            "polled sessions are miscounted")
        let used = links.indices.filter { links[$0] != nil }.count + participants.count
        findings.expect(used + free.count == links.count, "slots are lost: \(links.count), \(used) used")
        findings.expect(Set(free).count == free.count, "a slot is free twice")
    }
}
