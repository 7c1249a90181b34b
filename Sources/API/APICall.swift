// A request to /api/v1/: what it asks, or why it is refused. OpenAPI.swift describes the interface.

package import Chat
internal import FoundationEssentials
package import HTTP

package enum APICall: Equatable, Sendable {
    /// The description of the interface.
    case document
    case operation(ProgramRequest.Operation)
    case events(EventStream.Opening)

    /// Below it requests may have a body.
    package static let folder: StaticString = "/api/"
    private static let root = "/api/v1/"
    /// The longest body of a message, in bytes: that of a WebSocket message.
    private static let defaultLimit = 50

    package static func isMeant(_ head: RequestHead) -> Bool { head.path.hasPrefix("\(folder)") }

    /// Whether the call will have a connection for as long as its client wants.
    package static func isStream(_ head: RequestHead) -> Bool { head.method == "GET" && head.path.hasSuffix("/events") }

    /// Whether the request needs no user.
    package static func isPublic(_ head: RequestHead) -> Bool { head.path == "\(root)openapi.json" }

    /// What the request proves its user with; the token counts more than the proxy's name.
    /// - Throws: 400 for more than one Authorization.
    package static func credential(
        _ head: RequestHead, authenticatedName: String?
    ) throws(HTTPError) -> ProgramRequest.Credential? {
        let fields = head.all("authorization")
        guard fields.count <= 1 else { throw .badRequest("The request has more than one Authorization header.") }
        // RFC 6750 §2.1; RFC 9110 §11.1: the scheme is not case-sensitive.
        let parts = (fields.first ?? "").split(separator: " ", omittingEmptySubsequences: true)
        if parts.count == 2, parts[0].lowercased() == "bearer" { return .token(String(parts[1])) }
        return authenticatedName.map { .authenticated(name: $0) }
    }

    /// - Throws: 400, 404, 405 or 415.
    package init(_ request: HTTPRequest) throws(HTTPError) {
        let (head, path) = (request.head, request.head.path)
        guard path.hasPrefix(APICall.root) else { throw APICall.notFound }
        let parts = path.dropFirst(APICall.root.count).split(separator: "/", omittingEmptySubsequences: false)
        let query = try QueryParameters(head.query ?? "")
        switch (parts.count, parts.first, parts.last) {
        case (1, "openapi.json", _):
            try APICall.allow(["GET", "HEAD"], head)
            self = .document
        case (1, "rooms", _):
            try APICall.allow(["GET", "HEAD"], head)
            self = .operation(.rooms)
        case (1, "users", _):
            try APICall.allow(["GET", "HEAD"], head)
            self = .operation(.users)
        case (3, "rooms", "events"):
            try APICall.allow(["GET"], head)
            self = .events(try EventStream.Opening(room: String(parts[1]), head, query))
        case (3, "rooms", "messages"):
            try APICall.allow(["GET", "HEAD", "POST"], head)
            let room = String(parts[1])
            self = .operation(head.method == "POST" ? try APICall.post(room, request) : try APICall.page(room, query))
        default: throw APICall.notFound
        }
    }

    private static let notFound = HTTPError(
        404, "There is nothing at this path; /api/v1/openapi.json lists what there is.")

    private static func allow(_ methods: [String], _ head: RequestHead) throws(HTTPError) {
        guard !methods.contains(head.method) else { return }
        let allowed = methods.joined(separator: ", ")
        throw .methodNotAllowed("Only \(allowed) can be used here.", allow: allowed)
    }

    private static func page(_ room: String, _ query: QueryParameters) throws(HTTPError) -> ProgramRequest.Operation {
        .history(
            room: room, before: try number("before", query), after: try number("after", query),
            limit: try number("limit", query).map { Int(clamping: $0) } ?? defaultLimit)
    }

    static func number(_ name: String, _ query: QueryParameters) throws(HTTPError) -> UInt64? {
        guard let text = query[name] else { return nil }
        return try number(text, named: name)
    }

    static func number(_ text: String, named name: String) throws(HTTPError) -> UInt64 {
        guard !text.isEmpty, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let number = UInt64(text), number <= UInt64(Int64.max)
        else { throw .badRequest("\(name) is not a whole number.") }
        return number
    }

    // MARK: posts

    private struct PostedMessage: Decodable {
        var text: String
        var id: String?
        var re: UInt64?
    }

    private static func post(
        _ room: String, _ request: HTTPRequest
    ) throws(HTTPError) -> ProgramRequest.Operation {
        let key = try idempotencyKey(request.head)
        guard request.head.elements("content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            throw HTTPError(415, "A body that is compressed is not read here.", headers: ["Accept-Encoding: identity"])
        }
        if try isJSON(request.head) {
            // RFC 8259 §8.1: UTF-8 only, though the decoder accepts UTF-16 and UTF-32, which have a NUL here.
            guard !request.body.prefix(4).contains(0), String(validating: request.body, as: UTF8.self) != nil,
                let message = try? JSONDecoder().decode(PostedMessage.self, from: Data(request.body))
            else { throw .badRequest("The body is not a JSON object with a text, as {\"text\":\"Hello\"}.") }
            guard key == nil || message.id == nil || key == message.id else {
                throw .badRequest("The Idempotency-Key and the id differ.")
            }
            return .post(room: room, id: key ?? message.id, text: message.text, re: message.re)
        }
        guard let text = String(validating: request.body, as: UTF8.self), !text.utf8.contains(0) else {
            throw .badRequest("The body is not text in UTF-8.")
        }
        // A line feed at the end is the shell's.
        return .post(room: room, id: key, text: text.hasSuffix("\n") ? String(text.dropLast()) : text, re: nil)
    }

    /// draft-ietf-httpapi-idempotency-key-header: a string in quotation marks; as most clients, also without them.
    private static func idempotencyKey(_ head: RequestHead) throws(HTTPError) -> String? {
        let fields = head.all("idempotency-key")
        guard fields.count <= 1 else { throw .badRequest("The request has more than one Idempotency-Key.") }
        guard let field = fields.first else { return nil }
        return field.count >= 2 && field.hasPrefix("\"") && field.hasSuffix("\"")
            ? String(field.dropFirst().dropLast()) : field
    }

    /// - Returns: whether the body is JSON; else it is plain text. `curl -d` calls plain text a form.
    private static func isJSON(_ head: RequestHead) throws(HTTPError) -> Bool {
        let fields = head.all("content-type")
        guard fields.count <= 1 else { throw .badRequest("The request has more than one Content-Type.") }
        let parts = RequestHead.elements(of: fields.first ?? "text/plain", separator: UInt8(ascii: ";"))
        let charset = parts.dropFirst().first { $0.lowercased().hasPrefix("charset=") }?.dropFirst(8).lowercased()
        let isUTF8 = charset.map { ["utf-8", "\"utf-8\"", "us-ascii"].contains($0) } ?? true
        switch (parts.first?.lowercased(), isUTF8) {
        case ("application/json", true): return true
        case ("text/plain", true), ("application/x-www-form-urlencoded", true): return false
        default:
            throw HTTPError(
                415, "A body is application/json, or text/plain in UTF-8.",
                headers: ["Accept-Post: application/json, text/plain"])
        }
    }
}
