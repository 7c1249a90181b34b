// Requests of programs (/api/), and the streams of events that some of them open.

internal import API
internal import Bridge
package import Chat
package import HTTP
internal import Handover
internal import Linux
internal import Primitives

extension SocketTransport {
    /// A whole request of a program.
    func receiveAPI(
        _ slot: Slot, _ connection: Connection, _ request: HTTPRequest, at now: Moment
    ) throws(HTTPError) {
        let head = request.head
        try settings.origins.check(head)
        if head.method == "OPTIONS" {
            let response = HTTPResponse(200, type: "text/plain; charset=utf-8", headers: preflightLines, body: [])
            return respond(slot, connection, response, to: head, at: now)
        }
        if APICall.isStream(head) { try checkClientLimit(connection) }
        connection.phase = .waiting(origin: head.header("Origin"), isHead: head.method == "HEAD")
        connections.waitingRequests += 1
        handler?.apiRequest(
            request, from: session(slot), authenticatedName: try? authenticatedName(head),
            address: connection.address.flatMap { IPAddress($0) }, at: now)
    }

    /// A stream is a connection as a WebSocket is.
    private func checkClientLimit(_ connection: Connection) throws(HTTPError) {
        try checkConnectionLimit()
        guard !isOverClientLimit(connection) else {
            throw HTTPError(429, "Too many connections from your address.", headers: ["Retry-After: 5"])
        }
    }

    private var preflightLines: [String] {
        [
            "Access-Control-Allow-Methods: GET, POST", "Access-Control-Max-Age: 600",
            "Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
        ]
    }

    func respond(
        _ slot: Slot, _ connection: Connection, _ response: HTTPResponse, to head: RequestHead, at now: Moment
    ) {
        figures.responses[response.status, default: 0] += 1
        let isAllowed = (try? settings.origins.check(head)) != nil
        let lines = corsLines(isAllowed ? head.header("Origin") : nil)
        finish(slot, connection, response.adding(lines).bytes(toHead: head.method == "HEAD"), at: now)
    }

    /// Answers a request that waits; nothing happens where its connection has ended.
    package func respond(_ response: HTTPResponse, to session: SessionID, at now: Moment) {
        guard let connection = connection(of: session), case .waiting(let origin, let isHead) = connection.phase else {
            return
        }
        figures.responses[response.status, default: 0] += 1
        let bytes = response.adding(corsLines(origin)).bytes(toHead: isHead)
        finish(session.slot, connection, bytes, at: now)
    }

    /// The next process does not know what the requests wait for. Posts do not wait any more: the ledger has finished.
    func refuseWaiting(at now: Moment) {
        let error = HTTPError(503, "The server is being restarted. Try again.", headers: ["Retry-After: 1"])
        for slot in connections.used where poller.isOpen(slot) && connections[slot]?.isSocketIO == false {
            respond(Problem.response(error), to: session(slot), at: now)
        }
    }

    // MARK: streams

    /// Answers a request by a stream. The session is then to be connected.
    /// - Parameter since: the position at which it begins.
    package func beginStream(_ session: SessionID, since: UInt64, at now: Moment) {
        guard let connection = connection(of: session), case .waiting(let origin, _) = connection.phase else { return }
        figures.responses[200, default: 0] += 1
        connections.waitingRequests -= 1
        connection.phase = .streaming
        connections.addWebSocket(connection)
        broadcaster.sendBytes(EventStream.head(since: since, headers: corsLines(origin)), to: session.slot, in: &poller)
    }

    func stream(_ json: [UInt8], to slot: Slot) {
        guard EventStream.isOfRoom(json) else { return }
        broadcaster.sendBytes(EventStream.event(json), to: slot, in: &poller)
    }

    func keepAlive(_ slot: Slot) { broadcaster.sendBytes(EventStream.keepAlive, to: slot, in: &poller) }

    /// Nothing follows the event that says why.
    func endStream(_ slot: Slot, _ connection: Connection, _ code: UInt16, _ reason: String, at now: Moment) {
        recordClosing(slot, connection, code: code, at: now)
        broadcaster.sendBytes(EventStream.close(code: code, reason: reason), to: slot, in: &poller)
        linger(slot, connection, at: now)
    }
}
