import SocketIO
import Testing

@Suite struct SocketSessionTests {
    /// A session, and how its client stands to namespaces.
    private struct Client {
        var session = SocketSession()
        var states: [String: SocketSession.NamespaceState] = [:]

        mutating func receive(_ bytes: [UInt8], isBinary: Bool = false) throws(SocketError) -> SocketSession
            .NamespaceEvent?
        {
            let states = states
            return try session.receive(bytes, isBinary: isBinary) { states[$0] ?? .unknown }
        }
    }

    /// A client that is connected to the main namespace.
    private func connected() -> Client { Client(states: ["/": .connected]) }

    private func receive(_ client: inout Client, _ text: String) throws(SocketError) -> SocketSession.NamespaceEvent? {
        try client.receive(bytes(text))
    }

    @Test func aClientConnectsToNamespaces() throws {
        var client = Client()
        #expect(try receive(&client, #"0{"token":"1"}"#) == .connect(namespace: "/", auth: bytes(#"{"token":"1"}"#)))
        client.states["/"] = .connected
        #expect(try receive(&client, "0/custom") == .connect(namespace: "/custom", auth: nil))
        client.states["/custom"] = .connected
        #expect(try receive(&client, "1/custom,") == .disconnect(namespace: "/custom"))
    }

    @Test(arguments: [SocketSession.NamespaceState.asked, .connected])
    func aSecondConnectEndsTheSession(_ state: SocketSession.NamespaceState) {
        var client = Client(states: ["/x": state])
        #expect(throws: SocketError.self) { try receive(&client, "0/x") }
    }

    @Test func whatIsAskedForIsNotConnected() {
        var client = Client(states: ["/": .asked])
        #expect(throws: SocketError.self) { try receive(&client, #"2["a"]"#) }
    }

    @Test func eventsKeepTheirArguments() throws {
        var client = connected()
        let event = try receive(&client, #"212["message", 1,"a,]\"",{"3":[true, null]},"é"]"#)
        let arguments = EventArguments([#""message""#, "1", #""a,]\"""#, #"{"3":[true,null]}"#, #""é""#].map(bytes))
        #expect(event == .event(namespace: "/", arguments, id: 12, attachments: []))
        #expect(arguments.name == "message")
    }

    @Test func attachmentsFollowTheirPacket() throws {
        var client = connected()
        #expect(try receive(&client, #"52-7["f",{"_placeholder":true,"num":0}]"#) == nil)
        #expect(try client.receive([1], isBinary: true) == nil)
        guard case .event(_, _, 7, [[1], [2]]) = try client.receive([2], isBinary: true) else {
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
        var client = connected()
        #expect(throws: SocketError.self) { try receive(&client, text) }
    }

    @Test func textWhileAttachmentsAreDueEndsTheSession() throws {
        var client = connected()
        #expect(try receive(&client, #"51-["f"]"#) == nil)
        #expect(throws: SocketError.self) { try receive(&client, #"2["a"]"#) }
        var other = connected()
        #expect(throws: SocketError.self) { try other.receive([1], isBinary: true) }
    }

    @Test func nothingIsAcceptedBeforeCONNECT() {
        var client = Client()
        #expect(throws: SocketError.self) { try receive(&client, #"2["a"]"#) }
    }

    @Test(arguments: [#"0"#, #"0/custom,{"a":1}"#, #"1/x,"#, #"2["a"]"#, #"2/x,12["a"]"#, #"312[1]"#, #"52-/x,1["a"]"#])
    func packetsAreWrittenAsTheyAreRead(_ text: String) throws {
        #expect(try SocketPacket(parsing: bytes(text)).bytes == bytes(text))
    }
}
