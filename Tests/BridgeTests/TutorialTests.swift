import Chat
import Testing

/// Namespace “/”: the tutorial.
@Suite struct TutorialTests {
    /// Opens a WebSocket and connects; returns the pid, where there is one.
    @discardableResult
    static func connect(
        _ script: BridgeScript, _ carrier: UInt64, _ auth: String = "", agent: String = "Mozilla/5.0",
        token: String? = nil
    ) throws -> String? {
        #expect(script.open(carrier, agent: agent, token: token).count == 1)
        let got = script.send(carrier, "40\(auth)")
        try #require(got.first?.hasPrefix(#"40{"sid":""#) == true, "\(got)")
        let parts = got[0].split(separator: "\"").map(String.init)
        return parts.firstIndex(of: "pid").map { parts[$0 + 2] }
    }

    @Test func everybodyGetsAMessage() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1, agent: "python")
        try TutorialTests.connect(script, 2, #"{"serverOffset":0}"#, agent: "python")
        let pid = try TutorialTests.connect(script, 3)
        #expect(pid != nil)
        #expect(script.send(1, #"42["chat message","Hi"]"#) == [#"42["chat message","Hi"]"#])
        #expect(script.take(2) == [#"42["chat message","Hi",4]"#])
        #expect(script.take(3) == [#"42["chat message","Hi","1ed9e000-4"]"#])
    }

    @Test func aMessageIsAcknowledgedAlsoWhenItIsRepeated() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1)
        #expect(script.send(1, #"427["chat message","Hi","abc-0"]"#).last == #"437[{"seq":2}]"#)
        #expect(script.send(1, #"428["chat message","Hi","abc-0"]"#) == [#"438[{"seq":2}]"#])
    }

    /// Pages that begin with the same “undefined-1” are different pages.
    @Test func offsetsFromBeforeTheConnectionBelongToTheirPage() throws {
        let script = BridgeScript()
        let token = String(repeating: "a", count: 32)
        let pid = try #require(try TutorialTests.connect(script, 1, token: token))
        #expect(script.send(1, #"420["chat message","One","undefined-1"]"#).last == #"430[{"seq":2}]"#)
        script.close(1)
        // The same page comes back, and repeats it.
        let auth = #"{"pid":"\#(pid)","offset":"1ed9e000-2"}"#
        #expect(try TutorialTests.connect(script, 2, auth, token: token) == pid)
        #expect(script.send(2, #"420["chat message","One","undefined-1"]"#) == [#"430[{"seq":2}]"#])
        // Another page of the same user.
        try TutorialTests.connect(script, 3, token: token)
        #expect(script.send(3, #"420["chat message","Two","undefined-1"]"#).last == #"430[{"seq":3}]"#)
    }

    @Test func aLostConnectionIsRecovered() throws {
        let script = BridgeScript()
        let pid = try #require(try TutorialTests.connect(script, 1))
        try TutorialTests.connect(script, 2)
        _ = script.send(1, #"42["chat message","One"]"#)
        script.close(1)
        _ = script.send(2, #"42["chat message","Two"]"#)
        _ = script.open(3)
        let got = script.send(3, #"40{"pid":"\#(pid)","offset":"1ed9e000-3"}"#)
        #expect(got.count == 2 && got[0].contains(pid) && got[1] == #"42["chat message","Two","1ed9e000-4"]"#)
        // With another ledger it is not: the client begins anew.
        _ = script.open(4)
        let other = script.send(4, #"40{"pid":"\#(pid)","offset":"00000000-3"}"#)
        #expect(!other[0].contains(pid) && other.count == 3, "\(other)")
    }

    @Test func aNewcomerGetsTheNewestMessages() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1)
        _ = script.send(1, #"42["chat message","One"]"#)
        _ = script.open(2, agent: "python")
        #expect(script.send(2, "40").dropFirst() == [#"42["chat message","One"]"#])
        _ = script.open(3)
        let got = script.send(3, #"40{"serverOffset":2}"#)
        #expect(got.count == 1, "nothing is above the offset")
    }

    @Test func whatIsRefusedIsSaid() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1, agent: "python")
        for (event, code) in [
            (#"["chat message",{"a":1}]"#, "missing-field"), (#"["chat message"]"#, "missing-field"),
            (#"["other","x"]"#, "unknown-type"), (#"["chat message","  "]"#, "empty-text"),
        ] {
            let got = script.send(1, "421\(event)")
            #expect(got.count == 1 && got[0].hasPrefix(#"431[{"error":{"type":"error","code":"\#(code)""#), "\(got)")
            let other = script.send(1, "42\(event)")
            #expect(other.count == 1 && other[0].hasPrefix(#"42["chat error",{"type":"error","code":"\#(code)""#))
        }
        // Nothing is said of what the client must send again.
        script.refuses = true
        #expect(script.send(1, #"421["chat message","Hi"]"#) == [])
        script.refuses = false
        #expect(script.send(1, #"421["chat message","Hi"]"#).last == #"431[{"seq":2}]"#)
        #expect(script.send(1, #"421["chat message","Hi"]"#).count == 2, "without an offset it is another message")
    }

    /// A number that is not given yet is another ledger's.
    @Test func anOffsetOfAnotherLedgerIsVoid() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1)
        _ = script.send(1, #"42["chat message","One"]"#)
        _ = script.open(2)
        #expect(script.send(2, #"40{"serverOffset":900}"#).last == #"42["chat message","One",2]"#)
    }

    /// A page that names a user who is gone is the cookie's user, and no second user with the same token.
    @Test func anUnknownTokenGivesTheCookiesUser() throws {
        let script = BridgeScript()
        let (token, other) = (String(repeating: "c", count: 32), String(repeating: "d", count: 32))
        try TutorialTests.connect(script, 1, #"{"name":"Ada"}"#, token: token)
        try TutorialTests.connect(script, 2, #"{"token":"\#(other)"}"#, token: token)
        _ = script.open(3)
        let who = script.send(3, #"40/chatrelay.v1,{"name":"Eve"}"#)
        #expect(who.contains { $0.contains(#""users":2"#) }, "\(who)")
    }

    @Test func namesAreKeptByTheCookie() throws {
        let script = BridgeScript()
        let token = String(repeating: "b", count: 32)
        // Two pages at once are one user.
        _ = script.open(1, token: token)
        _ = script.open(2, token: token)
        #expect(script.send(1, "40").count == 1 && script.send(2, "40").count == 1)
        _ = script.send(1, #"42["chat message","One"]"#)
        _ = script.open(9)
        let who = script.send(9, #"40/chatrelay.v1,{"name":"Eve"}"#)
        #expect(who.contains { $0.contains(#""users":2"#) }, "\(who)")
    }

    @Test func whoIsRemovedIsToldNotToComeBack() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1, #"{"name":"Mallory"}"#)
        script.administer(.kick(name: "Mallory", reason: nil))
        #expect(script.take(1) == ["41"] && !script.closed.contains(1))
        // The session ends, if the client does not connect again.
        script.pass(60_000)
        #expect(script.closed == [1] && script.isIdle)
    }

    @Test func aPlannedRestartIsNotNoticed() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1)
        try TutorialTests.connect(script, 2, #"{"serverOffset":0}"#)
        _ = script.poll(3, "EIO=4&transport=polling")
        try script.restart()
        #expect(script.take(1) == [] && script.take(2) == [])
        #expect(script.send(1, #"425["chat message","Hi","a-1"]"#).last == #"435[{"seq":3}]"#)
        #expect(script.take(2) == [#"42["chat message","Hi",3]"#])
        #expect(script.pollingSessions == 1)
    }
}
