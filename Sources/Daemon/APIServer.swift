// Gives the chat the requests of programs, and them its answers.

internal import API
internal import Chat
internal import HTTP
internal import Host
internal import Linux
internal import Primitives
internal import Transport

final class APIServer {
    private let host: ChatHost
    private let transport: SocketTransport

    init(_ host: ChatHost, _ transport: SocketTransport) {
        self.host = host
        self.transport = transport
    }

    /// - Parameter session: the number of the connection, which waits for a response.
    func handle(
        _ request: HTTPRequest, from session: SessionID, authenticatedName: String?, address: IPAddress?,
        at now: Moment
    ) {
        do throws(HTTPError) {
            let credential = try APICall.credential(request.head, authenticatedName: authenticatedName)
            guard credential != nil || APICall.isPublic(request.head) else {
                return transport.respond(Problem.response(ProgramRefusal.unauthorized), to: session, at: now)
            }
            let call = try APICall(request)
            switch call {
            case .document:
                transport.respond(OpenAPI.response, to: session, at: now)
            case .events(let opening):
                open(opening, credential, session, address, at: now)
            case .operation(let operation):
                let isPost = if case .post = operation { true } else { false }
                host.request(ProgramRequest(credential, from: address, operation), at: now) { [unowned self] answer in
                    transport.respond(
                        answer.response(isPost: isPost), to: session,
                        at: Moment(wall: Clock.wall, monotonic: Clock.monotonic))
                }
            }
        } catch {
            transport.respond(Problem.response(error), to: session, at: now)
        }
    }

    private func open(
        _ opening: EventStream.Opening, _ credential: ProgramRequest.Credential?, _ session: SessionID,
        _ address: IPAddress?, at now: Moment
    ) {
        do throws(ProgramRefusal) {
            let makesRoom = try host.admit(credential, from: address, to: opening.room, at: now)
            let newest = host.newest
            // The position of another ledger, or of a ledger that has lost its newest entries, is none.
            let isKnown = opening.ledger == nil || opening.ledger == host.chat.ledger
            let since = isKnown ? min(opening.since ?? newest, newest) : newest
            transport.beginStream(session, since: since, at: now)
            var name: String?
            if case .authenticated(let text) = credential { name = text }
            host.connected(session, authenticatedName: name, address: address, at: now)
            host.received(session, opening.hello(credential, newest: newest, makesRoom: makesRoom), at: now)
        } catch {
            transport.respond(Problem.response(error), to: session, at: now)
        }
    }
}
