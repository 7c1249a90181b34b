import Chat
import Testing

/// What a session leaves behind, and what a client may not do for long.
@Suite struct EndTests {
    private func openPolling(_ script: BridgeScript, _ carrier: UInt64) throws -> String {
        let response = try #require(script.poll(carrier, "EIO=4&transport=polling").first)
        let parts = response.split(separator: "\"").map(String.init)
        return "EIO=4&transport=polling&sid=" + parts[(try #require(parts.firstIndex(of: "sid"))) + 2]
    }

    @Test func aMessageBehindARenameIsAcknowledged() throws {
        let script = BridgeScript()
        let query = try openPolling(script, 1)
        _ = script.post(2, query, #"40/chatrelay.v1,{"name":"Ada"}"#)
        _ = script.poll(3, query)
        _ = script.post(
            4, query,
            #"42/chatrelay.v1,1["rename",{"name":"Eve"}]"# + "\u{1e}"
                + #"42/chatrelay.v1,2["message",{"id":"a-1","room":"lobby","text":"Note"}]"#)
        let got = try #require(script.poll(5, query).first)
        #expect(got.contains(#"43/chatrelay.v1,1[{"type":"renamed","name":"Eve"}]"#))
        #expect(got.contains(#"43/chatrelay.v1,2[{"type":"ack","id":"a-1","seq":"#))
        #expect(script.awaitedMessages == 0)
    }

    /// The sender was the last one in the room, which is closed when the message is stored.
    @Test(arguments: [
        #""message",{"id":"a-1","room":"side","text":"Note"}"#, #""topic",{"id":"a-1","room":"side","topic":"Tea"}"#,
    ])
    func aMessageToARoomThatIsClosedIsAcknowledged(_ event: String) throws {
        let script = BridgeScript()
        let query = try openPolling(script, 1)
        _ = script.post(2, query, #"40/chatrelay.v1,{"name":"Ada","rooms":["side"],"create":true}"#)
        _ = script.poll(3, query)
        _ = script.post(
            4, query,
            #"42/chatrelay.v1,1[\#(event)]"# + "\u{1e}"
                + #"42/chatrelay.v1,2["leave",{"room":"side"}]"#)
        let got = try #require(script.poll(5, query).first)
        #expect(got.contains(#"43/chatrelay.v1,1[{"type":"ack","id":"a-1","seq":"#), "\(got)")
        #expect(script.awaitedMessages == 0)
    }

    @Test func aRefusalAnswersTheCommandOfItsPlace() throws {
        let script = BridgeScript()
        let query = try openPolling(script, 1)
        _ = script.post(2, query, #"40/chatrelay.v1,{"name":"Ada"}"#)
        _ = script.poll(3, query)
        _ = script.open(10)
        _ = script.send(10, #"40/chatrelay.v1,{"name":"Bob"}"#)
        script.failsQuestions = true
        _ = script.post(
            4, query,
            #"42/chatrelay.v1,1["history",{"with":"Ada"}]"# + "\u{1e}" + #"42/chatrelay.v1,2["history",{"with":"Bob"}]"#
        )
        let got = try #require(script.poll(5, query).first)
        for (number, name) in [(1, "Ada"), (2, "Bob")] {
            let answer = got.split(separator: "|").first { $0.hasPrefix("43/chatrelay.v1,\(number)[") }
            #expect(answer?.contains(#""with":"\#(name)""#) == true, "\(got)")
        }
    }

    @Test func onlyMessagesAreAwaited() {
        let script = BridgeScript()
        _ = script.open(1)
        _ = script.send(1, "40/chatrelay.v1,")
        for number in 0..<5 { _ = script.send(1, #"42/chatrelay.v1,\#(number)["rooms",{"id":"r-\#(number)"}]"#) }
        #expect(script.awaitedMessages == 0)
    }

    @Test func aSessionThatBreaksTheProtocolLeavesAtOnce() throws {
        let script = BridgeScript()
        _ = script.open(1)
        _ = script.send(1, "40/chatrelay.v1,")
        let query = try openPolling(script, 2)
        _ = script.post(3, query, "40/chatrelay.v1,")
        #expect(script.take(1).last?.contains(#""event":"joined""#) == true)
        // What follows the mistake is not heard.
        _ = script.post(4, query, "42{}\u{1e}40")
        #expect(script.take(1).map { $0.contains(#""event":"left""#) } == [true])
        #expect(script.poll(5, query).first?.hasSuffix("|1") == true)
        #expect(script.pollingSessions == 0)
    }

    /// What the ledger answers late to the first session of a WebSocket must not reach the second one.
    @Test(arguments: [false, true]) func theSlotOfAWebSocketIsItsFirstSessionsOnly(_ isKicked: Bool) throws {
        let script = BridgeScript()
        _ = script.open(1)
        #expect(script.send(1, #"40{"name":"Ada"}"#).count == 1 && script.slots == [1_001])
        if isKicked { script.administer(.kick(name: "Ada", reason: nil)) } else { _ = script.send(1, "41") }
        #expect(script.slots == [])
        _ = script.take(1)
        #expect(script.send(1, "40").count == 1)
        #expect(script.slots.count == 1 && script.slots[0] < 1_000)
        #expect(script.send(1, "40/chatrelay.v1,").count >= 3 && script.slots.allSatisfy { $0 < 1_000 })
        try script.restart()
        #expect(script.slots.count == 2)
        #expect(script.send(1, #"42/chatrelay.v1,1["rooms"]"#).first?.hasPrefix("43/chatrelay.v1,1[") == true)
        script.close(1)
        #expect(script.slots == [] && script.isIdle)
    }

    @Test func aSessionWithoutANamespaceEnds() throws {
        let script = BridgeScript()
        _ = script.open(1)
        _ = script.send(1, "40")
        for _ in 0..<4 {
            script.pass(20_000)
            _ = script.send(1, "3")
        }
        _ = script.send(1, "41")
        script.pass(20_000)
        _ = script.send(1, "3")
        script.pass(20_000)
        _ = script.send(1, "3")
        #expect(script.closed == [])
        script.pass(6_000)
        #expect(script.closed == [1])
    }

    @Test func packetsThatAreNoCommandsAreLimited() {
        let script = BridgeScript()
        for (carrier, packet) in [(1 as UInt64, #"430["x"]"#), (2, #"42["dance"]"#), (3, "40/x,")] {
            _ = script.open(carrier)
            _ = script.send(carrier, "40")
            for _ in 0..<190 { _ = script.send(carrier, packet) }
            #expect(!script.closed.contains(carrier))
            for _ in 0..<20 { _ = script.send(carrier, packet) }
            #expect(script.closed.contains(carrier))
        }
        // A large one counts as several.
        _ = script.open(4)
        _ = script.send(4, "40")
        let large = #"430["\#(String(repeating: "x", count: 60_000))"]"#
        for _ in 0..<20 { _ = script.send(4, large) }
        #expect(script.closed.contains(4))
    }
}
