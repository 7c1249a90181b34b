import Testing
import WebSocket

@Suite struct CloseCodeTests {
    // RFC 6455 §7.4.
    @Test func whatAPeerMaySend() {
        let allowed = (UInt16.min...UInt16.max).filter { CloseCode(rawValue: $0).mayBeSent }
        #expect(allowed == Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
    }
}
