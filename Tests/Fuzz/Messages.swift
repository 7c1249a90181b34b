// How messages are put together, against the plainest reading of RFC 6455: texts as the standard library reads them.

import WebSocket

/// The first byte says how the frames are cut; then comes one frame after the other: a byte for its opcode and flags, one for
/// its length, its payload.
func checkMessages(_ input: [UInt8]) throws {
    var bits = Bits(input)
    let choice = bits.byte()
    var endpoint = Endpoint()
    var reader = Reader()
    var events: [Endpoint.Event] = []
    while !bits.isEmpty, !reader.isEnded {
        let first = bits.byte()
        let opcodes: [Opcode] = [.text, .binary, .continuation, .continuation, .ping, .pong, .close, .continuation]
        let (opcode, isFinal) = (opcodes[Int(first & 7)], first & 8 != 0)
        let payload = bits.bytes(min(Int(bits.byte()), 125))
        var frame: [UInt8] = []
        Frame.masked(opcode, payload, key: first & 16 != 0 ? 0x9d00_ff31 : 0, final: isFinal, to: &frame)
        reader.read(opcode, payload, isFinal)
        let step = choice & 1 != 0 ? 1 : 1 + Int(choice >> 1)
        for start in stride(from: 0, to: frame.count, by: step) {
            endpoint.receive(frame[start..<min(start + step, frame.count)].span) { events.append($0) }
        }
        try expect(isSame(events, reader.events), "There is \(events), and should be \(reader.events)")
    }
}

/// Failures are compared by their codes.
private func isSame(_ some: [Endpoint.Event], _ others: [Endpoint.Event]) -> Bool {
    some.count == others.count
        && zip(some, others).allSatisfy { one, other in
            if case (.failed(let code, _), .failed(let expected, _)) = (one, other) {
                code == expected
            } else {
                one == other
            }
        }
}

private struct Reader {
    private(set) var events: [Endpoint.Event] = []
    private(set) var isEnded = false
    private var message: (opcode: Opcode, payload: [UInt8])?

    mutating func read(_ opcode: Opcode, _ payload: [UInt8], _ isFinal: Bool) {
        guard ![.ping, .pong, .close].contains(opcode) else {
            return isFinal ? readControl(opcode, payload) : end(.failed(.protocolError, ""))
        }
        guard (opcode == .continuation) == (message != nil) else { return end(.failed(.protocolError, "")) }
        var whole = message ?? (opcode, [])
        whole.payload += payload
        message = isFinal ? nil : whole
        guard whole.opcode == .text else {
            if isFinal { events.append(.binary(whole.payload)) }
            return
        }
        guard isFinal ? isText(whole.payload) : canBecomeText(whole.payload) else {
            return end(.failed(.invalidPayload, ""))
        }
        if isFinal { events.append(.text(whole.payload)) }
    }

    private mutating func readControl(_ opcode: Opcode, _ payload: [UInt8]) {
        switch opcode {
        case .ping: events.append(.ping(payload))
        case .pong: events.append(.pong(payload))
        default:
            guard !payload.isEmpty else { return end(.close(nil, reason: "")) }
            let code = payload.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            let isAllowed = [1000...1003, 1007...1014, 3000...4999].contains { $0.contains(code) }
            guard payload.count > 1, isAllowed else { return end(.failed(.protocolError, "")) }
            guard let reason = String(validating: payload.dropFirst(2), as: UTF8.self) else {
                return end(.failed(.invalidPayload, ""))
            }
            end(.close(UInt16(code), reason: reason))
        }
    }

    private mutating func end(_ event: Endpoint.Event) {
        events.append(event)
        isEnded = true
    }

    private func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// Whether something could follow that makes it a text: what follows a character cut anywhere is one of these.
    private func canBecomeText(_ bytes: [UInt8]) -> Bool {
        let ends: [[UInt8]] = [
            [], [0x80], [0x80, 0x80], [0xa0, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80],
        ]
        return ends.contains { isText(bytes + $0) }
    }
}
