import HTTP
import SocketIO
import Testing

/// The cases of the protocol's conformance suite, and what it leaves open.
@Suite struct EngineServerTests {
    private let polling = "EIO=4&transport=polling"
    private let webSocket = "EIO=4&transport=websocket"
    private let open =
        #"0{"sid":"s1","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000}"#

    /// A server with the polling session s1.
    private func session() -> EngineScript {
        var script = EngineScript()
        #expect(script.get(1, polling) == ["opened s1", "1 200 \(open)"])
        return script
    }

    @Test(arguments: [
        ("EIO=4", 0), ("EIO=4&transport=x", 0), ("transport=polling", 5), ("EIO=3&transport=polling", 5),
        ("EIO=4&transport=websocket", 3), ("EIO=4&transport=polling&sid=foreign", 1), ("transport=%", 3),
    ])
    func aWrongHandshakeIsRefused(_ query: String, _ code: Int) {
        var script = EngineScript()
        let outputs = script.get(1, query)
        #expect(outputs.count == 1 && outputs[0].hasPrefix(#"1 400 {"code":\#(code),"message":""#), "\(outputs)")
        #expect(script.server.count == 0)
    }

    @Test func aSessionDoesNotBeginWithPOST() {
        var script = EngineScript()
        #expect(script.post(1, polling, "") == [#"1 400 {"code":2,"message":"Bad handshake method"}"#])
    }

    @Test func aWebSocketIsASessionOfItsOwn() {
        var script = EngineScript()
        let outputs = script.openWebSocket(1, webSocket)
        #expect(outputs.last?.contains(#""upgrades":[]"#) == true)
        #expect(script.frame(1, "4hello") == ["s1: hello"])
        #expect(script.send("back", to: "s1") == ["1 4back"])
        // No request names it.
        #expect(script.get(2, "\(polling)&sid=s1") == [#"2 400 {"code":1,"message":"Session ID unknown"}"#])
        #expect(script.frame(1, "1") == ["1 closed", "s1 ended: closedByClient"])
        #expect(script.server.count == 0)
    }

    @Test func packetsWaitForThePoll() {
        var script = session()
        let sid = "\(polling)&sid=s1"
        #expect(script.post(2, sid, "4a\u{1e}bAQID\u{1e}4b") == ["2 200 ok", "s1: a", "s1: [1, 2, 3]", "s1: b"])
        #expect(script.send("x", to: "s1").isEmpty && script.send("y", to: "s1").isEmpty)
        #expect(script.get(3, sid) == ["3 200 4x|4y"])
        #expect(script.get(4, sid).isEmpty)
        #expect(script.send("z", to: "s1") == ["4 200 4z"])
    }

    @Test func aPayloadHasAtMost16Packets() {
        var script = session()
        for number in 0..<20 { _ = script.send("\(number)", to: "s1") }
        #expect(script.get(2, "\(polling)&sid=s1")[0].split(separator: "|").count == 16)
        #expect(script.get(3, "\(polling)&sid=s1") == ["3 200 416|417|418|419"])
    }

    @Test func aQueueIsBounded() {
        var script = session()
        #expect(script.send(String(repeating: "x", count: 90), to: "s1").isEmpty)
        #expect(script.send(String(repeating: "x", count: 90), to: "s1") == ["s1 ended: queueFull"])
    }

    @Test(arguments: ["abc", "", "0", "24", "4a\u{1e}", "b!", "6"])
    func aMalformedPOSTEndsTheSession(_ body: String) {
        var script = session()
        #expect(script.get(2, "\(polling)&sid=s1").isEmpty)
        #expect(
            script.post(3, "\(polling)&sid=s1", body) == [
                #"3 400 {"code":3,"message":"Bad packet"}"#, "2 200 1", "s1 ended: protocolError",
            ])
        #expect(script.get(4, "\(polling)&sid=s1") == [#"4 400 {"code":1,"message":"Session ID unknown"}"#])
    }

    @Test func twoPollsAtOnceEndTheSession() {
        var script = session()
        #expect(script.get(2, "\(polling)&sid=s1").isEmpty)
        #expect(
            script.get(3, "\(polling)&sid=s1") == [
                #"3 400 {"code":3,"message":"Bad request"}"#, "2 200 1", "s1 ended: protocolError",
            ])
    }

    @Test func anAbortedPollEndsTheSession() {
        var script = session()
        #expect(script.get(2, "\(polling)&sid=s1").isEmpty)
        #expect(script.close(2) == ["s1 ended: transportClosed"])
    }

    @Test func theConnectionOfAnAnsweredPollMeansNothing() {
        var script = session()
        #expect(script.close(1).isEmpty && script.server.count == 1)
    }

    @Test func aClientThatClosesGetsItsPollBack() {
        var script = session()
        #expect(script.get(2, "\(polling)&sid=s1").isEmpty)
        #expect(script.post(3, "\(polling)&sid=s1", "1") == ["3 200 ok", "2 200 6", "s1 ended: closedByClient"])
    }

    @Test func aServerThatClosesSaysItToTheNextPoll() {
        var script = session()
        _ = script.send("last", to: "s1")
        #expect(script.closeSession("s1").isEmpty)
        #expect(script.tick(to: 1_000).isEmpty, "no heartbeat any more")
        #expect(script.get(2, "\(polling)&sid=s1") == ["2 200 4last|1", "s1 ended: closedByServer"])
    }

    @Test func aClosedSessionThatIsNotAskedForEnds() {
        var script = session()
        _ = script.closeSession("s1")
        #expect(script.tick(to: 30_000) == ["s1 ended: closedByServer"])
    }

    // MARK: heartbeat

    @Test func pingsFollowPongs() {
        var script = EngineScript()
        _ = script.openWebSocket(1, webSocket)
        for round in Int64(0)..<3 {
            #expect(script.tick(to: round * 350 + 299).isEmpty)
            #expect(script.tick(to: round * 350 + 300) == ["1 2"])
            script.now += 50
            #expect(script.frame(1, "3").isEmpty)
        }
    }

    @Test func aSessionWithoutAPongEnds() {
        var script = session()
        #expect(script.tick(to: 300).isEmpty)
        #expect(script.tick(to: 499).isEmpty)
        #expect(script.tick(to: 500) == ["s1 ended: pingTimeout"])
    }

    @Test func whatIsDueComesBeforeARequest() {
        var script = session()
        #expect(script.tick(to: 300).isEmpty)
        script.now = 500
        #expect(script.get(2, "\(polling)&sid=s1").first == "s1 ended: pingTimeout")
    }

    // MARK: upgrade

    @Test func anUpgradeTakesTheQueueAlong() {
        var script = session()
        let sid = "\(polling)&sid=s1"
        #expect(script.get(2, sid).isEmpty)
        #expect(script.openWebSocket(9, "\(webSocket)&sid=s1").isEmpty)
        #expect(script.frame(9, "2probe") == ["9 3probe", "2 200 6"])
        #expect(script.get(3, sid).isEmpty)
        #expect(script.tick(to: 99).isEmpty && script.tick(to: 100) == ["3 200 6"], "no hot loop")
        #expect(script.send("queued", to: "s1").isEmpty)
        #expect(script.frame(9, "5") == ["9 4queued", "s1 on 9"])
        #expect(script.get(4, sid) == [#"4 400 {"code":3,"message":"Bad request"}"#])
        #expect(script.openWebSocket(10, "\(webSocket)&sid=s1") == ["10 closed"])
        #expect(script.frame(9, "4hello") == ["s1: hello"])
        #expect(script.close(9) == ["s1 ended: transportClosed"])
    }

    @Test func aProbeThatFailsLeavesTheSessionPolling() {
        var script = session()
        for wrong in ["5", "4early", "x"] {
            #expect(script.openWebSocket(9, "\(webSocket)&sid=s1").isEmpty)
            #expect(script.frame(9, wrong) == ["9 closed"])
        }
        #expect(script.openWebSocket(9, "\(webSocket)&sid=s1").isEmpty)
        #expect(script.close(9).isEmpty)
        #expect(script.send("x", to: "s1").isEmpty)
        #expect(script.get(2, "\(polling)&sid=s1") == ["2 200 4x"])
    }

    @Test func aProbeThatDoesNotEndIsAbandoned() {
        var script = session()
        #expect(script.openWebSocket(9, "\(webSocket)&sid=s1").isEmpty)
        for time in stride(from: Int64(300), to: 10_000, by: 300) {
            _ = script.tick(to: time)
            _ = script.post(2, "\(polling)&sid=s1", "3")
            _ = script.get(3, "\(polling)&sid=s1")
        }
        #expect(script.tick(to: 10_000).contains("9 closed"))
        #expect(script.server.count == 1)
    }

    @Test func aSessionThatIsNotKeptEnds() {
        var script = EngineScript(keepTimeout: 400)
        _ = script.openWebSocket(1, webSocket)
        _ = script.get(2, polling)
        script.now = 10
        #expect(script.tick(to: 300) == ["1 2"])
        #expect(script.frame(1, "3").isEmpty)
        #expect(script.tick(to: 399).isEmpty)
        #expect(script.tick(to: 400) == ["1 closed", "s1 ended: closedByServer"])
        #expect(script.get(3, "\(polling)&sid=s2") == ["3 200 2|1", "s2 ended: closedByServer"])
        // Its number is another session's, which has its own time.
        _ = script.openWebSocket(4, webSocket)
        script.server.keep(script.number("s4"))
        #expect(script.tick(to: 700) == ["4 2"])
        #expect(script.frame(4, "3").isEmpty)
        #expect(script.tick(to: 900).isEmpty && script.server.count == 1)
    }

    @Test func thereIsALimitOfSessions() {
        var script = session()
        _ = script.get(2, polling)
        #expect(script.get(3, polling)[0].hasPrefix("3 503 "))
        #expect(script.server.refusal(head("/socket.io/?\(webSocket)", upgrade: true)) == .full)
        #expect(script.server.refusal(head("/socket.io/?\(webSocket)&sid=s1", upgrade: true)) == nil)
    }
}
