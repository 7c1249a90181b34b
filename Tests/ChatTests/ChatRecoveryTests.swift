// Recovery after a crash: Chat+Recovery.swift as scripts of inputs and actions.

import Testing

@testable import Chat

@Suite struct ChatRecoveryTests {
    /// Ada and Bob in the lobby.
    private func lobbyOfTwo(_ settings: ChatSettings = ChatSettings()) -> (ScriptedChat, SessionID, SessionID) {
        var script = ScriptedChat(settings)
        let (ada, bob) = (script.connect(0, as: "Ada"), script.connect(1, as: "Bob"))
        return (script, ada, bob)
    }

    @Test func beforeTheHelloNothingCounts() throws {
        var (script, ada, bob) = lobbyOfTwo()
        #expect(
            script.crash(survivors: [ada, bob]).sent(to: ada) == [
                #"{"type":"system","event":"restart","again":1,"ledger":"1ed9e000","seq":2}"#
            ])
        for text in [
            #"{"type":"message","id":"1","room":"lobby","text":"Hello"}"#, "nonsense", #"{"type":"hello"}"#,
            #"{"type":"hello","again":0}"#, #"{"type":"hello","again":2}"#,
        ] {
            #expect(script.send(ada, text).isEmpty)
        }
        #expect(script.appended.isEmpty)
        #expect(script.crash(survivors: [ada, bob]).sent(to: ada)[0].contains(#""again":2"#))
        #expect(script.send(ada, #"{"type":"hello","again":1}"#).isEmpty)
        #expect(
            script.send(ada, #"{"type":"hello","again":2,"name":"Eve"}"#).sent(to: ada)[0].hasPrefix(
                #"{"type":"welcome""#))
        #expect(script.tick(after: 10_000).contains(.close(bob, .helloTimeout)))
    }

    /// Large rooms are counted, and after a crash they are as large as before.
    @Test func aCrashIsNotCounted() throws {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 10))
        let sessions = (0..<205).map { script.connect($0, as: "Name \($0)") }
        _ = script.tick(after: 5_000)
        _ = script.crash(survivors: sessions)
        #expect(script.tick(after: 5_000).isEmpty)
    }

    @Test func nobodyJoinsOrLeavesByACrash() throws {
        var (script, ada, bob) = lobbyOfTwo()
        _ = script.crash(survivors: [ada, bob])
        let back = script.send(ada, #"{"type":"hello","again":1,"name":"Eve"}"#)
        #expect(
            back.sent(to: ada).contains(#"{"type":"joined","room":"lobby","users":3}"#),
            "Ada is still there, and Eve is new")
        // Those that do not come back leave when their grace is over.
        let left = script.tick(after: 10_000).filter { if case .publish(lobby, _) = $0 { true } else { false } }
        #expect(left.count == 2)
        _ = bob
    }
}
