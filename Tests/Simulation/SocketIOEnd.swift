// A client's end of a session of Engine.IO 4, as the JS client has it: requests, a WebSocket, or first the ones and then the other.
// SocketIOEnd+Namespace.swift has the connection to the namespace /chatrelay.v1 in it.

import HTTP
import WebSocket

@testable import Chat

final class SocketIOEnd {
    /// How it reaches the server.
    enum Way { case polling, upgrade, webSocket }

    /// Most clients begin with polls, and upgrade.
    static let ways: [Way] = [.upgrade, .upgrade, .upgrade, .polling, .webSocket]

    enum Phase {
        /// The sid has not come.
        case opening
        case polling
        /// A WebSocket is open, and asks whether it works.
        case probing
        /// It works; the requests under way end first.
        case pausing
        case webSocket
    }

    /// A request under way, and what has come of its response.
    private final class Exchange {
        let link: Link
        var response: [UInt8] = []

        init(_ link: Link) { self.link = link }
    }

    unowned let client: Client
    private let way: Way
    private(set) var phase = Phase.opening
    private(set) var sid: String?
    /// The token of the cookie with which the session began; nil where that is not known.
    private(set) var cookie: String?
    private(set) var webSocket: Link?
    private var frames = ServerFrames()
    private var poll: Exchange?
    private var post: Exchange?
    private var hasProbed = false
    /// Packets of Engine.IO that are not sent.
    private var queue: [[UInt8]] = []
    /// Whether its CONNECT is answered.
    var isConnected = false
    var lastAcknowledgement = 0
    /// The commands whose acknowledgements are due.
    var awaited: [Int: String] = [:]
    var lastAnswer: [UInt8] = []

    init(_ client: Client, _ way: Way) {
        self.client = client
        self.way = way
        cookie = client.keep.cookie
    }

    var world: World { client.world }
    var findings: Findings { client.findings }
    private var isCurrent: Bool { client.socket === self }

    var links: [Link] { [webSocket, poll?.link, post?.link].compactMap(\.self) }

    // MARK: the session of Engine.IO

    func open() {
        if way == .webSocket {
            webSocket = acceptWebSocket()
        } else {
            poll = request("GET")
        }
    }

    /// A turn has come.
    func act() {
        switch phase {
        case .polling, .probing:
            if way == .upgrade, !hasProbed, world.dice.permille(300) { probe() }
            if poll == nil { poll = request("GET") }
        case .opening, .pausing, .webSocket: break
        }
        flush()
    }

    private var query: String { "EIO=4" + (sid.map { "&sid=\($0)" } ?? "") }

    private func request(_ method: String, body: [UInt8] = []) -> Exchange {
        let link = world.daemon.place(client.index, .request)
        let head = "\(method) /socket.io/?transport=polling&\(query) HTTP/1.1\r\nHost: a\r\n\(cookieLine)"
        let length = method == "POST" ? "Content-Length: \(body.count)\r\n" : ""
        link.up = Array("\(head)\(length)\r\n".utf8) + body
        return Exchange(link)
    }

    private var cookieLine: String { cookie.map { "Cookie: chatrelay=\($0)\r\n" } ?? "" }

    private func acceptWebSocket() -> Link? {
        var parser = RequestParser()
        let text =
            "GET /socket.io/?transport=websocket&\(query) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\(cookieLine)\r\n"
        guard let head = try? parser.receive(Array(text.utf8).span)?.request.head else {
            findings.violated("\(text) is no request")
            return nil
        }
        return world.daemon.acceptWebSocket(client.index, head)
    }

    private func probe() {
        hasProbed = true
        webSocket = acceptWebSocket()
        guard let webSocket else { return }
        (frames, phase) = (ServerFrames(), .probing)
        client.write(.text, Array("2probe".utf8), to: webSocket)
    }

    /// Whether the connection is a WebSocket that the client can do without.
    func isProbe(_ link: Link) -> Bool {
        if case .probing = phase { link === webSocket } else { false }
    }

    func abandonProbe() { (webSocket, phase) = (nil, .polling) }

    func send(_ packet: [UInt8]) {
        findings.note("client \(client.index) sends \(String(decoding: packet, as: UTF8.self))")
        queue.append(packet)
        flush()
    }

    private func flush() {
        switch phase {
        case .webSocket:
            guard let webSocket else { return }
            for packet in queue { client.write(.text, packet, to: webSocket) }
            queue = []
        case .polling, .probing:
            guard post == nil, !queue.isEmpty else { return }
            var body: [UInt8] = []
            var count = 0
            while count < queue.count, count == 0 || body.count + queue[count].count < WebSocketLimits.messageBytes {
                body += (count == 0 ? [] : [0x1e]) + queue[count]
                count += 1
            }
            queue.removeFirst(count)
            post = request("POST", body: body)
        case .opening, .pausing: break
        }
    }

    /// Hangs up, more or less politely.
    func leave() {
        switch world.dice.below(4) {
        case 0: send(Array("41/chatrelay.v1,".utf8))
        case 1: send([UInt8(ascii: "1")])
        case 2: if let webSocket { client.write(.close, [0x03, 0xe8], to: webSocket) }
        default: break
        }
    }

    /// The session is over: all connections are closed.
    func close() {
        for link in links where !link.isCut { link.cut(keeping: link.up.count, endsAt: world.now.monotonic) }
    }

    // MARK: what comes in

    func receive(_ bytes: [UInt8], on link: Link) {
        if link === webSocket {
            for (head, payload) in frames.receive(bytes) where isCurrent && link === webSocket {
                receiveFrame(head, payload, link)
            }
        } else if let poll, link === poll.link {
            guard let packets = take(bytes, of: poll) else { return }
            endPause()
            for packet in packets.split(separator: 0x1e, omittingEmptySubsequences: false) where isCurrent {
                receive(Array(packet))
            }
        } else if let post, link === post.link {
            guard let answer = take(bytes, of: post) else { return }
            findings.expect(answer.elementsEqual("ok".utf8), "\(client.me): a POST is answered by \(answer)")
            endPause()
            flush()
        }
    }

    private func receiveFrame(_ head: UInt8, _ payload: [UInt8], _ link: Link) {
        switch (head, phase) {
        case (0x81, .webSocket), (0x81, .opening): receive(payload)
        case (0x81, .probing):
            findings.expect(payload.elementsEqual("3probe".utf8), "\(client.me): a probe is answered by \(payload)")
            phase = .pausing
            endPause()
        case (0x88, .probing):
            client.write(.close, Array(payload.prefix(2)), to: link)
            abandonProbe()
        case (0x88, _):
            client.write(.close, Array(payload.prefix(2)), to: link)
            client.lost(wait: client.wait(afterClose: payload))
        case (0x8a, _): break
        default: findings.violated("\(client.me) got a frame that begins with \(head)")
        }
    }

    /// Nothing is under way any more: the WebSocket takes over.
    private func endPause() {
        guard case .pausing = phase, poll == nil, post == nil, let webSocket else { return }
        client.write(.text, [UInt8(ascii: "5")], to: webSocket)
        phase = .webSocket
        flush()
    }

    /// - Returns: the body of the response, once it is whole; nil also where it ends the session.
    private func take(_ bytes: [UInt8], of exchange: Exchange) -> [UInt8]? {
        exchange.response += bytes
        let response = exchange.response
        guard let end = response.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: response[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let length = lines.lazy.compactMap { self.field("Content-Length", $0) }.first.flatMap { Int($0) }
        guard let length, response.count >= end.upperBound + length else { return nil }
        if let set = lines.lazy.compactMap({ self.field("Set-Cookie", $0) }).first {
            cookie = String(set.dropFirst("chatrelay=".count).prefix(32))
            client.keep.cookie = cookie
            cookie.map { _ = world.cookies.insert($0) }
        }
        if !exchange.link.isCut { exchange.link.cut(keeping: exchange.link.up.count, endsAt: world.now.monotonic) }
        if exchange === poll { poll = nil } else { post = nil }
        guard lines[0].contains(" 200 ") else {
            client.lost(wait: world.dice.below(5_000))
            return nil
        }
        return Array(response[end.upperBound...])
    }

    private func field(_ name: String, _ line: Substring) -> Substring? {
        line.hasPrefix("\(name): ") ? line.dropFirst(name.count + 2) : nil
    }

    /// A packet of Engine.IO.
    private func receive(_ packet: [UInt8]) {
        findings.note("client \(client.index) gets \(String(decoding: packet, as: UTF8.self))")
        switch packet.first {
        case UInt8(ascii: "0"):
            let start = #"0{"sid":""#.utf8.count
            sid = String(decoding: packet.dropFirst(start).prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            phase = webSocket == nil ? .polling : .webSocket
            flush()
        case UInt8(ascii: "1"): client.lost(wait: world.dice.below(5_000))
        case UInt8(ascii: "2"): send([UInt8(ascii: "3")])
        case UInt8(ascii: "4"): receiveMessage(packet.dropFirst())
        case UInt8(ascii: "6"): break
        default: findings.violated("\(client.me) got \(String(decoding: packet, as: UTF8.self))")
        }
    }
}
