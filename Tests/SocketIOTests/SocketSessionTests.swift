import SocketIO
import Testing

@Suite struct SocketSessionTests {
    /// A session that is connected to the main namespace.
    private func connected() throws(SocketError) -> SocketSession {
        var session = SocketSession()
        _ = try session.receive(bytes("0"), isBinary: false)
        _ = session.accept("/", json: bytes("{}"))
        return session
    }

    private func receive(_ session: inout SocketSession, _ text: String) throws(SocketError) -> SocketSession
        .NamespaceEvent?
    {
        try session.receive(bytes(text), isBinary: false)
    }

    @Test func aClientConnectsToNamespaces() throws {
        var session = SocketSession()
        #expect(!session.hasConnected)
        #expect(try receive(&session, #"0{"token":"1"}"#) == .connect(namespace: "/", auth: bytes(#"{"token":"1"}"#)))
        #expect(session.accept("/", json: bytes(#"{"sid":"x"}"#)).bytes == bytes(#"0{"sid":"x"}"#))
        #expect(try receive(&session, "0/custom") == .connect(namespace: "/custom", auth: nil))
        #expect(session.accept("/custom", json: bytes(#"{"sid":"y"}"#)).bytes == bytes(#"0/custom,{"sid":"y"}"#))
        #expect(session.isConnected(to: "/custom"))
        #expect(try receive(&session, "1/custom,") == .disconnect(namespace: "/custom"))
        #expect(!session.isConnected(to: "/custom") && session.hasConnected)
    }

    @Test func aRefusedNamespaceCanBeAskedForAgain() throws {
        var session = SocketSession()
        for _ in 0..<2 {
            #expect(try receive(&session, "0/x") == .connect(namespace: "/x", auth: nil))
            #expect(
                session.refuse("/x", json: bytes(#"{"message":"Invalid namespace"}"#)).bytes
                    == bytes(#"4/x,{"message":"Invalid namespace"}"#))
        }
        #expect(!session.hasConnected)
    }

    @Test func eventsKeepTheirArguments() throws {
        var session = try connected()
        let event = try receive(&session, #"212["message", 1,"a,]\"",{"3":[true, null]},"é"]"#)
        let arguments = EventArguments([#""message""#, "1", #""a,]\"""#, #"{"3":[true,null]}"#, #""é""#].map(bytes))
        #expect(event == .event(namespace: "/", arguments, id: 12, attachments: []))
        #expect(arguments.name == "message")
    }

    @Test func attachmentsFollowTheirPacket() throws {
        var session = try connected()
        #expect(try receive(&session, #"52-7["f",{"_placeholder":true,"num":0}]"#) == nil)
        #expect(try session.receive([1], isBinary: true) == nil)
        guard case .event(_, _, 7, [[1], [2]]) = try session.receive([2], isBinary: true) else {
            return #expect(Bool(false))
        }
    }

    @Test(arguments: [
        "", "abc", "7", "2", "2{}", "2[]", "2[{}]", "2[true]", #"2["a""#, #"2["a"]]"#, #"2["a",01]"#, #"2["a",tru]"#,
        "2abc[1]",
        #"21234567890123456["a"]"#, #"2["connect"]"#, #"2["disconnecting"]"#, #"2/other,["a"]"#, "0", "4", "1{}", "3[]",
        "31{}",
        #"5["a"]"#, #"50-["a"]"#, #"511-["a"]"#, #"51["a"]"#, "0/x,5", "0/x,[]",
        "0/" + String(repeating: "x", count: 64),
        "2" + String(repeating: "[", count: 5_000),
    ])
    func whatIsNoPacketEndsTheSession(_ text: String) throws {
        var session = try connected()
        #expect(throws: SocketError.self) { try receive(&session, text) }
    }

    @Test func textWhileAttachmentsAreDueEndsTheSession() throws {
        var session = try connected()
        #expect(try receive(&session, #"51-["f"]"#) == nil)
        #expect(throws: SocketError.self) { try receive(&session, #"2["a"]"#) }
        var other = try connected()
        #expect(throws: SocketError.self) { try other.receive([1], isBinary: true) }
    }

    @Test func nothingIsAcceptedBeforeCONNECT() {
        var session = SocketSession()
        #expect(throws: SocketError.self) { try receive(&session, #"2["a"]"#) }
    }

    @Test func thereIsALimitOfNamespaces() throws {
        var session = SocketSession()
        for number in 0..<8 { _ = try receive(&session, "0/\(number)") }
        #expect(throws: SocketError.self) { try receive(&session, "0/8") }
    }

    @Test(arguments: [#"0"#, #"0/custom,{"a":1}"#, #"1/x,"#, #"2["a"]"#, #"2/x,12["a"]"#, #"312[1]"#, #"52-/x,1["a"]"#])
    func packetsAreWrittenAsTheyAreRead(_ text: String) throws {
        #expect(try SocketPacket(parsing: bytes(text)).bytes == bytes(text))
    }
}
