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

    @Test func textsBeforeTheNewHelloAreIgnored() throws {
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

    /// A large room has the same number of members after a crash.
    @Test func aCrashAnnouncesNoCounts() throws {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 10))
        let sessions = (0..<205).map { script.connect($0, as: "Name \($0)") }
        _ = script.tick(after: 5_000)
        _ = script.crash(survivors: sessions)
        #expect(script.tick(after: 5_000).isEmpty)
    }

    @Test func aCrashAnnouncesNoJoinsAndLeaves() throws {
        var (script, ada, bob) = lobbyOfTwo()
        _ = script.crash(survivors: [ada, bob])
        let back = script.send(ada, #"{"type":"hello","again":1,"name":"Eve"}"#)
        #expect(
            back.sent(to: ada).contains(#"{"type":"joined","room":"lobby","users":3}"#),
            "Ada is in her grace period, and Eve is new")
        // Users that do not come back leave at the end of their grace period.
        let left = script.tick(after: 10_000).filter { if case .publish(lobby, _) = $0 { true } else { false } }
        #expect(left.count == 2)
        _ = bob
    }
}
