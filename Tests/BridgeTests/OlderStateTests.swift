import Bridge
import Chat
import Primitives
import SocketIO
import StateCoding
import Testing

/// Sessions that a process of an older version has handed over.
@Suite struct OlderStateTests {
    private let token = String(repeating: "c", count: 32)

    /// Version 3 named every session by its sid, repeated the namespaces, and knew all addresses. All sessions of the chat had slots
    /// without a connection.
    @Test func version3IsRead() throws {
        var writer = StateWriter()
        writer.write(each: [("AAAAAAAAAAAAAAA", 3), ("BBBBBBBBBBBBBBB", 0)] as [(String, UInt64)]) { writer, session in
            writer.write(session.0)
            writer.write(session.1)
            if session.1 == 3 { writer.write(9 as UInt64) }
            writer.write(false)
            writer.write(20_000 as Int64)
            writer.write(each: [] as [[UInt8]]) { $0.write($1) }
        }
        writer.write(each: [("AAAAAAAAAAAAAAA", false), ("BBBBBBBBBBBBBBB", true)]) { writer, session in
            writer.write(session.0)
            writer.write(IPAddress("192.0.2.1")) { writer, address in
                writer.write(address.high)
                writer.write(address.low)
            }
            writer.write(nil as String?) { $0.write($1) }
            writer.write(token as String?) { $0.write($1) }
            writer.write(true)
            writer.write(session.1)
            for _ in 0..<2 { writer.write(each: ["/"]) { $0.write($1) } }
            writer.write(nil as String?) { $0.write($1) }
        }
        writer.write(each: [("AAAAAAAAAAAAAAA", 4), ("BBBBBBBBBBBBBBB", 5)] as [(String, UInt64)]) { writer, session in
            writer.write(session.1)
            writer.write(session.0)
            for text in ["/", "public id"] { writer.write(text) }
            writer.write(3 as UInt64)
            writer.write(nil as String?) { $0.write($1) }
            writer.write("\(token).1ed9e000-7" as String?) { $0.write($1) }
            writer.write(true)
            writer.write(0 as UInt64)
            for text in ["\"Ada\"", "\"lobby\""] { writer.write(text as String?) { $0.write($1) } }
            writer.write(2 as UInt64)
            writer.write(each: [] as [[UInt8]]) { $0.write($1) }
            writer.write(nil as String?) { $0.write($1) }
            writer.write(true)
        }
        var bridge = BridgeScript.bridge(nil)
        var reader = StateReader(writer.bytes)
        try bridge.resume(from: &reader, version: 3, at: 5_000)
        #expect(reader.isAtEnd)
        let places = bridge.places
        #expect(places.map(\.session.slot) == [4, 5] && places.map(\.webSocket) == [9, nil])
        #expect(places.map(\.name) == ["Ada", "Ada"] && places.map(\.client.token) == [token, token])
        #expect(bridge.pollingSessions == 1 && bridge.pollingSessions(of: IPAddress("192.0.2.1")) == 1)
        #expect(bridge.webSockets == [9])
    }
}
