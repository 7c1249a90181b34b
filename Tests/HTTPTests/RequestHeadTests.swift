import Testing

@testable import HTTP

func parse(_ text: String) throws -> RequestHead {
    var parser = RequestParser()
    return try #require(try parser.receive(Array(text.utf8).span)).request.head
}

@Suite struct RequestHeadTests {
    @Test(arguments: ["GET", "HEAD", "POST", "get"]) func everyMethodIsKeptAsItIs(method: String) throws {
        let request = try parse(head("\(method) /metrics?a=b?c HTTP/1.1"))
        #expect(request.method == method && request.path == "/metrics" && request.query == "a=b?c")
        #expect(try parse(head()).query == nil && parse(head("GET /? HTTP/1.1")).query == "")
    }

    /// What the absolute form names counts more than Host (RFC 9112 §3.2.2).
    @Test func theTargetMayBeAbsolute() throws {
        let request = try parse(head("GET HTTP://A.example:81/ws?x HTTP/1.1"))
        #expect(request.path == "/ws" && request.host == "A.example:81")
        #expect(try parse(head("GET https://a.example HTTP/1.1")).path == "/")
    }

    /// As health checks of proxies send it.
    @Test func http10NeedsNoHost() throws {
        let request = try parse("OPTIONS / HTTP/1.0\r\n\r\n")
        #expect(request.isHTTP10 && request.host.isEmpty && request.path == "/")
        #expect(try parse(head("GET /healthz HTTP/1.0")).host == "chat.example.org")
        #expect(try parse(head("OPTIONS * HTTP/1.0")).path == "*" && !parse(head()).isHTTP10)
        for wrong in [
            "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\nHost:\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
        ] {
            #expect(throws: HTTPError.self) { try parse(wrong) }
        }
    }

    @Test func headersAreFoundInAnyCaseAndTheFirstCounts() throws {
        let request = try parse(head(["x-real-ip:192.0.2.7\t ", "X-REAL-IP: 192.0.2.8", "Empty: \t "]))
        #expect(request.header("X-Real-IP") == "192.0.2.7" && request.header("empty") == "")
        #expect(request.header("X-Remote-User") == nil)
        #expect(request.path == "/ws" && request.host == "chat.example.org")
    }

    /// Two names that differ stay two, and a combining accent does not take the colon away.
    @Test func valuesAreUTF8OrElseLatin1() throws {
        for (value, text) in [
            ([0xc3, 0xa9], "\u{e9}"), ([0xe9], "\u{e9}"), ([0xe8], "\u{e8}"), ([0xcc, 0x81, 0x61], "\u{301}a"),
        ] as [([UInt8], String)] {
            let bytes = Array(head().utf8.dropLast(2)) + Array("X-Remote-User:".utf8) + value + Array("\r\n\r\n".utf8)
            var parser = RequestParser()
            let request = try parser.receive(bytes.span)?.request.head
            #expect(request?.header("X-Remote-User").map { Array($0.utf8) } == Array(text.utf8))
        }
    }
}

@Suite struct QueryParametersTests {
    @Test func namesAndValuesAreDecoded() throws {
        let query = try QueryParameters("a=b+c&EIO=4&x=%c3%A9%26&empty&a=second&=nameless")
        #expect(query["a"] == "b c" && query["EIO"] == "4" && query["x"] == "é&" && query["empty"] == "")
        #expect(query["eio"] == nil && query[""] == "nameless")
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%+1", "%ff=b", "a=%c3"]) func othersAreRefused(_ query: String) {
        #expect(throws: HTTPError.self) { try QueryParameters(query) }
    }
}
