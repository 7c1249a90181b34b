import Testing

/// Sessions that are polled.
@Suite struct PollingTests {
    private func open(_ script: BridgeScript, _ carrier: UInt64) throws -> String {
        let response = try #require(script.poll(carrier, "EIO=4&transport=polling").first)
        let parts = response.split(separator: "\"").map(String.init)
        return "EIO=4&transport=polling&sid=" + parts[(try #require(parts.firstIndex(of: "sid"))) + 2]
    }

    @Test func eventsWaitForPolls() throws {
        let script = BridgeScript()
        let (first, second) = (try open(script, 1), try open(script, 2))
        #expect(script.pollingSessions == 2)
        #expect(script.post(3, first, "40") == ["200 ok"])
        #expect(script.post(4, second, "40") == ["200 ok"])
        #expect(script.poll(5, first).first?.hasPrefix(#"200 40{"sid""#) == true)
        #expect(script.poll(6, second).count == 1)
        // One waits, the other comes later.
        #expect(script.poll(7, second) == [])
        #expect(script.post(8, first, #"420["chat message","Hi","x-1"]"#) == ["200 ok"])
        #expect(script.take(7) == [#"200 42["chat message","Hi","1ed9e000-3"]"#])
        #expect(script.poll(9, first) == [#"200 42["chat message","Hi","1ed9e000-3"]|430[{"seq":3}]"#])
        // The client is gone.
        #expect(script.poll(10, first) == [])
        script.close(10)
        #expect(script.pollingSessions == 1)
        for _ in 0..<2 { script.pass(26_000) }
        #expect(script.pollingSessions == 0 && script.isIdle)
    }

    @Test func anUpgradeLosesNothing() throws {
        let script = BridgeScript()
        let query = try open(script, 1)
        _ = script.post(2, query, "40")
        _ = script.poll(3, query)
        let upgrade = query.replacing("polling", with: "websocket")
        #expect(script.open(9, query: upgrade) == [])
        #expect(script.send(9, "2probe") == ["3probe"])
        _ = script.post(4, query, #"42["chat message","One"]"#)
        #expect(script.send(9, "5") == [#"42["chat message","One","1ed9e000-2"]"#])
        #expect(script.pollingSessions == 0)
        #expect(script.send(9, #"42["chat message","Two"]"#) == [#"42["chat message","Two","1ed9e000-3"]"#])
    }

    @Test func waitingPollsAreAnsweredBeforeARestart() throws {
        let script = BridgeScript()
        let query = try open(script, 1)
        _ = script.post(2, query, "40")
        _ = script.poll(3, query)
        #expect(script.poll(4, query) == [])
        try script.restart()
        #expect(script.take(4) == ["200 6"])
        #expect(script.poll(5, query) == [])
        _ = script.post(6, query, #"42["chat message","One"]"#)
        #expect(script.take(5) == [#"200 42["chat message","One","1ed9e000-2"]"#])
    }

    @Test func whoConnectsToNoNamespaceIsDisconnected() throws {
        let script = BridgeScript()
        _ = script.open(1)
        _ = script.send(1, "2")
        #expect(script.closed == [1])
        _ = script.open(2)
        script.pass(26_000)
        _ = script.send(2, "3")
        script.pass(20_000)
        #expect(script.closed == [1, 2])
    }
}
