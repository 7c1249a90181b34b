// A packet of Engine.IO 4, and its form in each transport.
// https://github.com/socketio/socket.io/blob/main/docs/engine.io-protocol/v4-current.md

internal import FoundationEssentials

/// The raw value is the packet's first byte, an ASCII digit.
package enum EnginePacketKind: UInt8, Sendable {
    case open = 0x30, close, ping, pong, message, upgrade, noop
}

package struct EnginePacket: Equatable, Sendable {
    package let kind: EnginePacketKind
    package let payload: [UInt8]
    /// Whether the payload is binary; only a message can be.
    package let isBinary: Bool

    package init(_ kind: EnginePacketKind, _ payload: [UInt8] = []) {
        self.kind = kind
        self.payload = payload
        isBinary = false
    }

    /// A message of bytes that are no text.
    package init(binary payload: [UInt8]) {
        kind = .message
        self.payload = payload
        isBinary = true
    }

    /// - Parameter text: a text message of a WebSocket, or one packet of a payload, in valid UTF-8.
    /// - Throws: where the first byte is no packet type.
    package init(text: some Collection<UInt8>) throws(EngineError) {
        guard let first = text.first, let kind = EnginePacketKind(rawValue: first) else { throw .malformed }
        self.init(kind, Array(text.dropFirst()))
    }

    /// The packet as a text message of a WebSocket. A binary packet is a binary message instead: its payload alone.
    package var text: [UInt8] { [kind.rawValue] + payload }

    /// Bytes that the packet takes in a payload, without a separator.
    var payloadBytes: Int { 1 + (isBinary ? (payload.count + 2) / 3 * 4 : payload.count) }
}

/// Packets of one HTTP body: joined by U+001E; a binary message is “b” and base64.
package enum EnginePayload {
    private static let separator: UInt8 = 0x1e
    private static let binaryMark = UInt8(ascii: "b")

    /// - Parameter body: of a POST.
    /// - Throws: where it is not UTF-8, has too many packets, or one that is malformed.
    package static func packets(of body: [UInt8]) throws(EngineError) -> [EnginePacket] {
        guard String(validating: body, as: UTF8.self) != nil else { throw .malformed }
        let parts = body.split(
            separator: separator, maxSplits: SocketIOLimits.packetsOfPost, omittingEmptySubsequences: false)
        guard parts.count <= SocketIOLimits.packetsOfPost else { throw .malformed }
        var packets: [EnginePacket] = []
        for part in parts {
            guard part.first == binaryMark else {
                packets.append(try EnginePacket(text: part))
                continue
            }
            guard let bytes = Data(base64Encoded: Data(part.dropFirst())) else { throw .malformed }
            packets.append(EnginePacket(binary: Array(bytes)))
        }
        return packets
    }

    package static func bytes(of packets: some Sequence<EnginePacket>) -> [UInt8] {
        var bytes: [UInt8] = []
        for packet in packets {
            if !bytes.isEmpty { bytes.append(separator) }
            if packet.isBinary {
                bytes.append(binaryMark)
                bytes += Data(packet.payload).base64EncodedData()
            } else {
                bytes.append(packet.kind.rawValue)
                bytes += packet.payload
            }
        }
        return bytes
    }
}
