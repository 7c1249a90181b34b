// Socket.IO clients as sessions of the chat. Requests and WebSocket messages come in and become commands of chatrelay.v1; what the
// chat sends becomes events and acknowledgements. The chat does not know that these sessions are no WebSockets of its own.
//
// Bridge+Clients.swift has what clients send, Bridge+Chat.swift what the chat sends, Bridge+State.swift the planned restart.

package import Chat
package import HTTP
package import Primitives
package import SocketIO

package struct Bridge {
    package enum Output: Equatable, Sendable {
        /// The response to a request.
        case respond(CarrierID, HTTPResponse)
        /// A text message on a WebSocket.
        case send(CarrierID, [UInt8])
        case closeWebSocket(CarrierID)
        /// From here on the WebSocket gets the events of a room in this form.
        case subscribe(CarrierID, RoomID, SocketIOForm)
        case unsubscribe(CarrierID, RoomID, SocketIOForm)
        /// The session, which was polled, is carried by the WebSocket now.
        case upgraded(SessionID, CarrierID)
        /// An input of the chat, to be given to it after the call that this belongs to.
        case input(ChatInput)
    }

    package enum ChatInput: Equatable, Sendable {
        case connected(SessionID, EngineClient, CarrierID?)
        /// A command; `begin` and `end` are to be called around it.
        case received(SessionID, [UInt8], command: UInt64)
        case disconnected(SessionID)
        /// The session's slot is free again.
        case released(SessionID)
    }

    /// A session of Engine.IO.
    final class EngineState {
        let client: EngineClient
        /// Whether it is polled, and so counts as a connection by itself.
        var isPolled = false
        var socket = SocketSession()
        var participants: [SessionID] = []
        /// Packets that are no commands.
        var packets = TokenBucket()

        init(client: EngineClient) { self.client = client }
    }

    var engine: EngineServer
    var random: any RandomNumberGenerator
    /// The id of the ledger that sequence numbers belong to.
    package let ledger: String
    var sessions: [EngineServer.SID: EngineState] = [:]
    var participants: [UInt32: Participant] = [:]
    /// Polled sessions by the room whose events they get.
    var polled: [UInt32: [SessionID]] = [:]
    /// Who waits for the acknowledgement of a message, by its sender's name and its id.
    package internal(set) var messageSenders: [[UInt8]: SessionID] = [:]
    private(set) var pollingClients: [IPAddress: Int] = [:]
    private(set) package var pollingSessions = 0
    /// When a session must have connected to a namespace.
    private var connectTimers = TimerQueue<EngineServer.SID>()
    /// Gives out a slot for a session of the chat.
    package var reserve: () -> SessionID

    /// - Parameters:
    ///   - ledger: the id of the ledger that sequence numbers belong to.
    ///   - reserve: gives out a slot, until `ChatInput.released`.
    package init(
        settings: EngineSettings, ledger: String, random: any RandomNumberGenerator,
        reserve: @escaping () -> SessionID
    ) {
        engine = EngineServer(settings: settings, limit: .max)
        self.ledger = ledger
        self.random = random
        self.reserve = reserve
    }

    /// Whether there is nothing to do for the bridge.
    package var isIdle: Bool { sessions.isEmpty }

    /// Whether the session is one of the bridge's.
    package func holds(_ session: SessionID) -> Bool { participants[session.slot]?.session == session }

    /// The WebSocket that carries the session; nil while it is polled.
    package func webSocket(of session: SessionID) -> CarrierID? {
        participants[session.slot].flatMap { engine.session($0.sid)?.webSocket }
    }

    /// Whether polls have fetched everything that was sent to the session.
    package func isFetched(_ session: SessionID) -> Bool {
        participants[session.slot].flatMap { engine.session($0.sid)?.isQueueEmpty } ?? true
    }

    /// Polled sessions of the client with this address; 0 where it stands for many clients.
    package func pollingSessions(of address: IPAddress?) -> Int {
        address?.clientPrefix.flatMap { pollingClients[$0] } ?? 0
    }

    // MARK: requests and WebSockets

    /// A new secret for a client's cookie.
    package mutating func newToken() -> String {
        (0..<32).map { _ in String(random.next(upperBound: 16 as UInt64), radix: 16) }.joined()
    }

    /// A whole request that asks for no WebSocket.
    package mutating func request(
        _ carrier: CarrierID, _ request: HTTPRequest, from client: EngineClient, at now: Int64,
        into outputs: inout [Output]
    ) {
        let sid = newID()
        change(from: client, at: now, into: &outputs) {
            $0.request(carrier, request.head, body: request.body, newSID: sid, at: now, into: &$1)
        }
        guard sessions[sid] != nil else { return }
        sessions[sid]?.isPolled = true
        countPolling(client, +1)
    }

    /// What a request for a WebSocket has to get instead of the handshake.
    package func refusal(_ head: RequestHead) -> EngineError? { engine.refusal(head) }

    /// Whether a WebSocket that `refusal` has nothing against is of use: a session has one at most.
    package func takesWebSocket(_ head: RequestHead) -> Bool { engine.takesWebSocket(head) }

    /// Whether a request opens a session, and does not belong to one.
    package static func opensSession(_ head: RequestHead) -> Bool {
        (try? QueryParameters(head.query ?? ""))?["sid"].map(\.isEmpty) ?? true
    }

    /// A WebSocket was opened, by a request that `refusal` had nothing against.
    package mutating func webSocketOpened(
        _ carrier: CarrierID, _ head: RequestHead, from client: EngineClient, at now: Int64,
        into outputs: inout [Output]
    ) {
        let sid = newID()
        change(from: client, at: now, into: &outputs) {
            $0.webSocketOpened(carrier, head, newSID: sid, at: now, into: &$1)
        }
    }

    /// - Parameter bytes: a whole message, valid UTF-8 where it is text.
    package mutating func webSocketMessage(
        _ carrier: CarrierID, _ bytes: [UInt8], isBinary: Bool, at now: Int64, into outputs: inout [Output]
    ) {
        change(at: now, into: &outputs) {
            $0.webSocketMessage(carrier, bytes, isBinary: isBinary, at: now, into: &$1)
        }
    }

    /// A connection that carried a request or a WebSocket is gone.
    package mutating func carrierClosed(_ carrier: CarrierID, at now: Int64, into outputs: inout [Output]) {
        change(at: now, into: &outputs) { $0.carrierClosed(carrier, at: now, into: &$1) }
    }

    /// Sends the pings that are due, and ends sessions whose time is over. To be called about once a second.
    package mutating func tick(at now: Int64, into outputs: inout [Output]) {
        change(at: now, into: &outputs) { $0.tick(at: now, into: &$1) }
        while let sid = connectTimers.popDue(at: now) {
            guard let session = sessions[sid], !session.socket.hasConnected else { continue }
            close(sid, at: now, into: &outputs)
        }
    }

    /// The service stops: ends all sessions.
    package mutating func closeAll(at now: Int64, into outputs: inout [Output]) {
        for sid in sessions.keys.sorted() { close(sid, at: now, into: &outputs) }
    }

    // MARK: inside

    /// Changes the sessions of Engine.IO, and handles what comes of it.
    /// - Parameter client: the client that has made the request; nil where the change can't open a session.
    mutating func change(
        from client: EngineClient? = nil, at now: Int64, into outputs: inout [Output],
        _ body: (inout EngineServer, inout [EngineServer.Output]) -> Void
    ) {
        var changes: [EngineServer.Output] = []
        body(&engine, &changes)
        var isNew = false
        for change in changes {
            switch change {
            case .opened(let sid):
                guard let client else { continue }
                isNew = true
                sessions[sid] = EngineState(client: client.withoutCookie)
                limitConnecting(sid, at: now)
            case .respond(let carrier, let response), .session(_, .respond(let carrier, let response)):
                let cookie = isNew ? client?.setCookie : nil
                outputs.append(.respond(carrier, response.adding(cookie.map { [$0] } ?? [])))
            case .session(_, .sendText(let carrier, let bytes)): outputs.append(.send(carrier, bytes))
            // The bridge sends none.
            case .session(_, .sendBinary): break
            case .closeWebSocket(let carrier), .session(_, .closeWebSocket(let carrier)):
                outputs.append(.closeWebSocket(carrier))
            case .session(let sid, .upgraded(let carrier)): upgrade(sid, to: carrier, into: &outputs)
            case .session(let sid, .message(let bytes, let isBinary)):
                receive(bytes, isBinary: isBinary, of: sid, at: now, into: &outputs)
            case .session(let sid, .ended): end(sid, into: &outputs)
            }
        }
    }

    /// Ends a session. A client without a poll learns it later, but its sessions of the chat end at once.
    mutating func close(_ sid: EngineServer.SID, at now: Int64, into outputs: inout [Output]) {
        change(at: now, into: &outputs) { $0.close(sid, at: now, into: &$1) }
        if let state = sessions[sid] { disconnect(state, into: &outputs) }
    }

    private mutating func disconnect(_ state: EngineState, into outputs: inout [Output]) {
        for session in state.participants {
            forget(session, carrier: nil, into: &outputs)
            outputs.append(.input(.disconnected(session)))
        }
    }

    private mutating func upgrade(_ sid: EngineServer.SID, to carrier: CarrierID, into outputs: inout [Output]) {
        guard let state = sessions[sid] else { return }
        sessions[sid]?.isPolled = false
        countPolling(state.client, -1)
        for session in state.participants {
            outputs.append(.upgraded(session, carrier))
            guard let participant = participants[session.slot] else { continue }
            for room in participant.rooms {
                polled[room.index]?.removeAll { $0 == session }
                outputs.append(.subscribe(carrier, room, participant.form))
            }
        }
    }

    private mutating func end(_ sid: EngineServer.SID, into outputs: inout [Output]) {
        guard let state = sessions.removeValue(forKey: sid) else { return }
        if state.isPolled { countPolling(state.client, -1) }
        disconnect(state, into: &outputs)
    }

    /// The session of the chat has ended, or is ending.
    /// - Parameter carrier: the WebSocket that goes on without it.
    mutating func forget(_ session: SessionID, carrier: CarrierID?, into outputs: inout [Output]) {
        guard let participant = participants.removeValue(forKey: session.slot) else { return }
        for room in participant.rooms {
            if let carrier {
                outputs.append(.unsubscribe(carrier, room, participant.form))
            } else {
                polled[room.index]?.removeAll { $0 == session }
            }
        }
        sessions[participant.sid]?.participants.removeAll { $0 == session }
        for answer in participant.awaited { forgetSender(answer, session) }
    }

    mutating func limitConnecting(_ sid: EngineServer.SID, at now: Int64) {
        connectTimers.add(sid, due: now + BridgeLimits.connectMilliseconds)
    }

    mutating func countPolling(_ client: EngineClient, _ change: Int) {
        pollingSessions += change
        guard let prefix = client.address?.clientPrefix else { return }
        let count = pollingClients[prefix, default: 0] + change
        pollingClients[prefix] = count > 0 ? count : nil
    }

    /// 15 characters: a text of this length needs no memory of its own. 90 random bits can't be guessed.
    mutating func newID() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        return String(
            decoding: (0..<15).map { _ in alphabet[Int(random.next(upperBound: 64 as UInt64))] }, as: UTF8.self)
    }
}
