// Socket.IO clients as sessions of the chat. Requests and WebSocket messages come in and become commands of chatrelay.v1; what the
// chat sends becomes events and acknowledgements. The chat does not know that these sessions are no WebSockets of its own.
//
// Bridge+Sessions.swift has the sessions of Engine.IO, Bridge+Clients.swift what clients send, Bridge+Chat.swift what the chat sends, Bridge+State.swift the planned restart.

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
        /// It gets no room's events in this form any more.
        case unsubscribeFromRooms(CarrierID, SocketIOForm)
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

    var engine: EngineServer
    var random: any RandomNumberGenerator
    /// The id of the ledger that sequence numbers belong to.
    package let ledger: String
    /// By the numbers of `engine`.
    var sessions: [EngineState?] = []
    /// By the slots of their sessions of the chat.
    var participants = ParticipantTable()
    /// The command that the chat works on.
    var current: (session: SessionID, command: UInt64)?
    /// Polled sessions by the room whose events they get.
    var polled: [UInt32: [SessionID]] = [:]
    /// The same by the slot of the session.
    var polledRooms: [UInt32: [RoomID]] = [:]
    /// The name of the default room as a JSON text, as the last welcome had it.
    var defaultRoom: [UInt8] = []
    /// Who waits for the acknowledgement of a message, by its sender's name and its id.
    package internal(set) var messageSenders: [[UInt8]: SessionID] = [:]
    /// The addresses of the sessions that are polled, and so count as connections by themselves.
    var pollers: [EngineServer.Number: IPAddress] = [:]
    /// The same by the client.
    var pollingClients: [IPAddress: Int] = [:]
    /// Gives out a slot for a session of the chat: that of the WebSocket, or where there is none, one without a connection.
    package var reserve: (CarrierID?) -> SessionID

    /// - Parameters:
    ///   - ledger: the id of the ledger that sequence numbers belong to.
    ///   - reserve: gives out a slot, until `ChatInput.disconnected` or `.released`: that of a WebSocket, or one without a connection.
    package init(
        settings: EngineSettings, ledger: String, random: any RandomNumberGenerator,
        reserve: @escaping (CarrierID?) -> SessionID
    ) {
        engine = EngineServer(settings: settings, limit: .max)
        self.ledger = ledger
        self.random = random
        self.reserve = reserve
    }

    /// Whether there is nothing to do for the bridge.
    package var isIdle: Bool { engine.count == 0 }

    /// Whether the session is one of the bridge's.
    package func holds(_ session: SessionID) -> Bool { participants[session.slot]?.session == session }

    /// The WebSocket that carries the session; nil while it is polled.
    package func webSocket(of session: SessionID) -> CarrierID? {
        participants[session.slot].flatMap { engine.session($0.engine)?.webSocket }
    }

    /// Whether polls have fetched everything that was sent to the session.
    package func isFetched(_ session: SessionID) -> Bool {
        participants[session.slot].flatMap { engine.session($0.engine)?.isQueueEmpty } ?? true
    }

    package var pollingSessions: Int { pollers.count }

    /// Polled sessions of the client with this address; 0 where it stands for many clients.
    package func pollingSessions(of address: IPAddress?) -> Int {
        address?.clientPrefix.flatMap { pollingClients[$0] } ?? 0
    }

    // MARK: requests and WebSockets

    /// A new secret for a client's cookie.
    package mutating func newToken() -> ClientToken { ClientToken(random.next(), random.next()) }

    /// A whole request that asks for no WebSocket.
    package mutating func request(
        _ carrier: CarrierID, _ request: HTTPRequest, from client: EngineClient, at now: Int64,
        into outputs: inout [Output]
    ) {
        let sid = newID()
        change(from: client, at: now, into: &outputs) {
            $0.request(carrier, request.head, body: request.body, newSID: sid, at: now, into: &$1)
        }
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
    }

    /// The service stops: ends all sessions.
    package mutating func closeAll(at now: Int64, into outputs: inout [Output]) {
        for number in sessions.indices where sessions[number] != nil {
            close(EngineServer.Number(number), at: now, into: &outputs)
        }
    }
}
