// Frames as they go out. RFC 6455 §5.2, RFC 7692 §6.1. A server's are not masked (§5.1).

package import Compression

package enum Frame {
    /// Appends a header. The extended lengths are in network byte order, in the shortest form (§5.2).
    package static func append(
        _ opcode: Opcode, payloadCount count: Int, final: Bool = true, compressed: Bool = false, maskBit: UInt8 = 0,
        to bytes: inout [UInt8]
    ) {
        bytes.append((final ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode.rawValue)
        switch count {
        case ..<126: bytes.append(maskBit | UInt8(count))
        case ..<65_536:
            bytes.append(maskBit | 126)
            appendInteger(UInt64(count), bytes: 2, to: &bytes)
        default:
            bytes.append(maskBit | 127)
            appendInteger(UInt64(count), bytes: 8, to: &bytes)
        }
    }

    /// Appends a whole text message. The payload is valid UTF-8.
    package static func text(_ payload: [UInt8], to bytes: inout [UInt8]) {
        append(.text, payloadCount: payload.count, to: &bytes)
        bytes += payload
    }

    /// Appends a whole message to a peer with which permessage-deflate was agreed on: compressed, where that makes it
    /// shorter.
    package static func message(
        _ opcode: Opcode, _ payload: [UInt8], _ deflater: Deflater, to bytes: inout [UInt8]
    ) {
        let deflated = payload.count < WebSocketLimits.compressedBytes ? payload : deflater.deflate(payload)
        let isShorter = deflated.count < payload.count
        append(opcode, payloadCount: min(deflated.count, payload.count), compressed: isShorter, to: &bytes)
        bytes += isShorter ? deflated : payload
    }

    /// - Parameter payload: at most 125 bytes.
    package static func ping(_ payload: [UInt8]) -> [UInt8] { control(.ping, payload) }

    /// - Parameter payload: that of the ping which it answers (§5.5.3).
    package static func pong(_ payload: [UInt8]) -> [UInt8] { control(.pong, payload) }

    /// - Parameters:
    ///   - code: nil for a close frame without a body (§5.5.1).
    ///   - reason: cut at a character's end to the 123 bytes that a control frame leaves for it.
    package static func close(_ code: UInt16?, reason: String) -> [UInt8] {
        guard let code else { return control(.close, []) }
        var payload: [UInt8] = []
        appendInteger(UInt64(code), bytes: 2, to: &payload)
        for character in reason {
            guard payload.count + character.utf8.count <= WebSocketLimits.controlBytes else { break }
            payload += character.utf8
        }
        return control(.close, payload)
    }

    /// Appends a client's frame (§5.3); for the load generator and the tests.
    /// - Parameter key: the masking key, its highest byte first on the wire.
    package static func masked(
        _ opcode: Opcode, _ payload: [UInt8], key: UInt32, final: Bool = true, compressed: Bool = false,
        to bytes: inout [UInt8]
    ) {
        append(opcode, payloadCount: payload.count, final: final, compressed: compressed, maskBit: 0x80, to: &bytes)
        appendInteger(UInt64(key), bytes: 4, to: &bytes)
        var maskingKey = MaskingKey(key)
        _ = maskingKey.append(payload.span, to: &bytes)
    }

    private static func control(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        precondition(payload.count <= WebSocketLimits.controlBytes)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 + payload.count)
        append(opcode, payloadCount: payload.count, to: &bytes)
        return bytes + payload
    }

    private static func appendInteger(_ value: UInt64, bytes count: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: 8 * (count - 1), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}
