import API
import Chat
import HTTP
import Testing

struct APICallTests {
    private func request(_ line: String, _ headers: [String] = [], body: String = "") throws -> HTTPRequest {
        let head = [line + " HTTP/1.1", "Host: chat", "Content-Length: \(body.utf8.count)"] + headers + ["", ""]
        var parser = RequestParser(bodyBytes: 65_536)
        let whole = try parser.receive(Array((head.joined(separator: "\r\n") + body).utf8).span)
        return try #require(whole).request
    }

    private func status(_ line: String, _ headers: [String] = [], body: String = "") throws -> Int? {
        let request = try request(line, headers, body: body)
        do throws(HTTPError) {
            _ = try APICall(request)
            return nil
        } catch {
            return error.status
        }
    }

    @Test func aPostIsTextOrJSON() throws {
        func post(_ type: String?, _ body: String, key: String? = nil) throws -> APICall {
            let headers = (type.map { ["Content-Type: \($0)"] } ?? []) + (key.map { ["Idempotency-Key: \($0)"] } ?? [])
            return try APICall(try request("POST /api/v1/rooms/ops/messages", headers, body: body))
        }
        func posted(_ id: String?, _ text: String, re: UInt64? = nil) -> APICall {
            .operation(.post(room: "ops", id: id, text: text, re: re))
        }
        #expect(try post(nil, "a & b=c\n") == posted(nil, "a & b=c"))
        #expect(try post("application/x-www-form-urlencoded", "a%20b") == posted(nil, "a%20b"))
        #expect(try post("text/plain; charset=UTF-8", "é", key: "k-1") == posted("k-1", "é"))
        #expect(try post("application/json", #"{"text":"x","id":"i","re":5,"more":1}"#) == posted("i", "x", re: 5))
        #expect(
            try post("Application/JSON;charset=utf-8", #"{"text":"x"}"#, key: #""quoted""#) == posted("quoted", "x"))
    }

    @Test(arguments: [
        ("GET /api/v2/rooms", 404), ("GET /api/v1", 404), ("GET /api/v1/rooms/", 404), ("GET /api/v1/rooms/a/b", 404),
        ("DELETE /api/v1/rooms", 405), ("POST /api/v1/rooms/a/events", 405), ("PUT /api/v1/rooms/a/messages", 405),
        ("GET /api/v1/rooms/a/messages?limit=x", 400), ("GET /api/v1/rooms/a/messages?before=-1", 400),
        ("GET /api/v1/rooms/a/messages?before=%zz", 400), ("GET /api/v1/rooms/a/events?since=9223372036854775808", 400),
    ])
    func wrongRequestsAreRefused(_ line: String, _ expected: Int) throws {
        #expect(try status(line) == expected)
    }

    @Test(arguments: [
        ("image/png", "x", 415), ("text/plain; charset=latin-1", "x", 415), ("multipart/form-data", "x", 415),
        ("application/json", "x", 400), ("application/json", "[1]", 400), ("application/json", #"{"text":5}"#, 400),
        ("application/json", "", 400), ("text/plain", "a\u{0}b", 400),
    ])
    func wrongBodiesAreRefused(_ type: String, _ body: String, _ expected: Int) throws {
        #expect(try status("POST /api/v1/rooms/a/messages", ["Content-Type: \(type)"], body: body) == expected)
    }

    @Test func headersThatContradictAreRefused() throws {
        let post = "POST /api/v1/rooms/a/messages"
        #expect(try status(post, ["Content-Encoding: gzip"], body: "x") == 415)
        #expect(try status(post, ["Idempotency-Key: a", "Idempotency-Key: b"], body: "x") == 400)
        #expect(try status(post, ["Content-Type: text/plain", "Content-Type: application/json"], body: "x") == 400)
        #expect(
            try status(post, ["Content-Type: application/json", "Idempotency-Key: a"], body: #"{"text":"x","id":"b"}"#)
                == 400)
        let head = try request("GET /api/v1/rooms", ["Authorization: Bearer a", "Authorization: Bearer b"]).head
        #expect(throws: HTTPError.self) { try APICall.credential(head, authenticatedName: nil) }
    }

    @Test func theTokenCountsMoreThanTheName() throws {
        func credential(_ headers: [String], _ name: String? = nil) throws -> ProgramRequest.Credential? {
            try APICall.credential(try request("GET /api/v1/rooms", headers).head, authenticatedName: name)
        }
        #expect(try credential([]) == nil)
        #expect(try credential([], "Ada") == .authenticated(name: "Ada"))
        #expect(try credential(["Authorization: bearer  abc"], "Ada") == .token("abc"))
        #expect(try credential(["Authorization: Basic abc"], "Ada") == .authenticated(name: "Ada"))
        #expect(try credential(["Authorization: Basic abc"]) == nil)
    }
}
