import Testing

/// Namespace “/chatrelay.v1”: all commands and events.
@Suite struct NativeTests {
    private func connect(_ script: BridgeScript, _ carrier: UInt64, _ auth: String) -> [String] {
        _ = script.open(carrier, agent: "python")
        return script.send(carrier, "40/chatrelay.v1,\(auth)")
    }

    @Test func theHelloIsThePayloadOfConnect() {
        let script = BridgeScript()
        let got = connect(script, 1, #"{"name":"Ada"}"#)
        #expect(got.count == 4, "\(got)")
        #expect(got[0].hasPrefix(#"40/chatrelay.v1,{"sid":""#))
        #expect(got[1].hasPrefix(#"42/chatrelay.v1,["welcome",{"type":"welcome","name":"Ada""#))
        #expect(got[2] == #"42/chatrelay.v1,["joined",{"type":"joined","room":"lobby","users":1}]"#)
        #expect(got[3].hasPrefix(#"42/chatrelay.v1,["history","#))
        // The name is taken; the client may try another one on the same connection.
        let other = connect(script, 2, #"{"name":"Ada"}"#)
        #expect(other.count == 1)
        #expect(other[0].hasPrefix(#"44/chatrelay.v1,{"message":"#) && other[0].contains(#""code":"name-taken""#))
        #expect(script.send(2, #"40/chatrelay.v1,{"name":"Bob"}"#).count == 4)
        #expect(script.send(2, "40/other,") == [#"44/other,{"message":"Invalid namespace"}"#])
    }

    @Test func directAnswersComeInTheAcknowledgement() {
        let script = BridgeScript()
        _ = connect(script, 1, #"{"name":"Ada"}"#)
        func ask(_ command: String) -> [String] { script.send(1, "42/chatrelay.v1,7\(command)") }
        func isAnswer(_ text: String?, _ start: String) -> Bool {
            text?.hasPrefix("43/chatrelay.v1,7[\(start)") ?? false
        }
        let message = ask(#"["message",{"id":"m1","room":"lobby","text":"Hi"}]"#)
        #expect(message.count == 2 && message[0].hasPrefix(#"42/chatrelay.v1,["message",{"type":"message","seq":2"#))
        #expect(message[1] == #"43/chatrelay.v1,7[{"type":"ack","id":"m1","seq":2}]"#)
        let again = ask(#"["message",{"id":"m1","room":"lobby","text":"Hi"}]"#)
        #expect(again == [#"43/chatrelay.v1,7[{"type":"ack","id":"m1","seq":2}]"#])
        let join = ask(#"["join",{"room":"side","create":true}]"#)
        #expect(join.count == 2 && isAnswer(join[0], #"{"type":"joined","room":"side""#), "\(join)")
        #expect(isAnswer(ask(#"["rooms"]"#).first, #"{"type":"rooms""#))
        #expect(isAnswer(ask(#"["who",{"room":"lobby"}]"#).first, #"{"type":"who""#))
        #expect(isAnswer(ask(#"["history",{"room":"lobby"}]"#).first, #"{"type":"history""#))
        #expect(isAnswer(ask(#"["search",{"text":"hi"}]"#).first, #"{"type":"found""#))
        #expect(isAnswer(ask(#"["rename",{"name":"Eve"}]"#).first, #"{"type":"renamed""#))
        #expect(isAnswer(ask(#"["private",{"id":"p1","to":"Eve","text":"Psst"}]"#).last, #"{"type":"ack","id":"p1""#))
        #expect(isAnswer(ask(#"["leave",{"room":"side"}]"#).last, #"{"type":"left""#))
        // What is stored under an id is acknowledged by its event, or by an answer of the same kind.
        for (id, command) in [
            ("e1", #"["edit",{"id":"e1","message":2,"text":"Ho"}]"#),
            ("r1", #"["react",{"id":"r1","message":2,"emoji":"👍"}]"#),
            ("r2", #"["react",{"id":"r2","message":2,"emoji":"👍"}]"#),
            ("t1", #"["topic",{"id":"t1","room":"lobby","topic":"Tea"}]"#),
            ("d1", #"["delete",{"id":"d1","message":2}]"#),
        ] { #expect(isAnswer(ask(command).last, #"{"type":"ack","id":"\#(id)","seq":"#), "\(id)") }
        #expect(
            isAnswer(
                ask(#"["edit",{"id":"e2","message":2,"text":"x"}]"#).last, #"{"type":"error","code":"no-such-message""#)
        )
        #expect(isAnswer(ask(#"["history",{"user":1}]"#).first, #"{"type":"history","with":"Eve","user":1"#))
        #expect(isAnswer(ask(#"["who",{"user":1}]"#).first, #"{"type":"who","with":"Eve","user":1,"online":true"#))
        #expect(isAnswer(ask(#"["presence",{"away":true}]"#).first, #"{"type":"presence","user":1"#))
        #expect(isAnswer(ask(#"["presence",{"status":"Tea"}]"#).first, #"{"type":"presence","user":1"#))
        #expect(ask(#"["typing",{"room":"lobby"}]"#).last == "43/chatrelay.v1,7[]")
        #expect(ask(#"["signal",{"room":"lobby","data":[1]}]"#) == ["43/chatrelay.v1,7[]"])
    }

    @Test func refusalsComeInTheAcknowledgement() {
        let script = BridgeScript()
        _ = connect(script, 1, #"{"name":"Ada"}"#)
        for (command, code) in [
            (#"["message",{"id":"!","room":"lobby","text":"Hi"}]"#, "bad-id"),
            (#"["join",{"room":"nowhere"}]"#, "no-such-room"), (#"["nonsense",{}]"#, "unknown-type"),
            (#"["join","side"]"#, "bad-json"), (#"["join",{},{}]"#, "bad-json"), (#"[7]"#, "unknown-type"),
            (#"["hello",{}]"#, "hello-first"),
        ] {
            let got = script.send(1, "42/chatrelay.v1,3\(command)")
            #expect(got.count == 1 && got[0].hasPrefix("43/chatrelay.v1,3[") && got[0].contains(code), "\(got)")
            let event = script.send(1, "42/chatrelay.v1,\(command)")
            #expect(event.count == 1 && event[0].hasPrefix(#"42/chatrelay.v1,["error","#), "\(event)")
        }
        script.refuses = true
        let got = script.send(1, #"42/chatrelay.v1,4["message",{"id":"m","room":"lobby","text":"Hi"}]"#)
        #expect(got.count == 1 && got[0].contains(#""code":"try-again""#))
        let status = script.send(1, #"42/chatrelay.v1,6["presence",{"status":"Tea"}]"#)
        #expect(status.count == 1 && status[0].hasPrefix("43/chatrelay.v1,6[") && status[0].contains("try-again"))
        let rename = script.send(1, #"42/chatrelay.v1,5["rename",{"name":"Eve"}]"#)
        #expect(rename.count == 1 && rename[0].hasPrefix("43/chatrelay.v1,5[") && rename[0].contains("try-again"))
    }

    /// A client does not come back by itself after a refusal.
    @Test func whatPassesEndsTheConnectionInsteadOfRefusingIt() {
        let script = BridgeScript()
        script.refuses = true
        _ = script.open(1)
        #expect(script.send(1, "40") == [] && script.closed == [1])
        script.refuses = false
        #expect(connect(script, 2, "{ }").count == 4 && connect(script, 3, #"{ "name" : "Ada" } "#).count >= 3)
    }

    /// The sender of a private message gets the event, too, as each of its other sessions.
    @Test func bothNamespacesOfOneConnection() throws {
        let script = BridgeScript()
        try TutorialTests.connect(script, 1)
        #expect(script.send(1, #"40/chatrelay.v1,{"name":"Ada"}"#).count >= 4)
        let got = script.send(1, #"42["chat message","Hi"]"#)
        #expect(got.count == 2 && got.contains { $0.hasPrefix(#"42["chat message","Hi""#) })
        #expect(script.send(1, "41") == [])
        #expect(script.send(1, #"42/chatrelay.v1,["message",{"id":"m","room":"lobby","text":"Yo"}]"#).count == 1)
    }

    @Test func queriesAndAcknowledgementsOutliveARestart() throws {
        let script = BridgeScript()
        _ = connect(script, 1, #"{"name":"Ada"}"#)
        try script.restart()
        let got = script.send(1, #"42/chatrelay.v1,9["message",{"id":"m","room":"lobby","text":"Hi"}]"#)
        #expect(got.last == #"43/chatrelay.v1,9[{"type":"ack","id":"m","seq":2}]"#)
    }
}
