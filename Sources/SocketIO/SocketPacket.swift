// A packet of Socket.IO 5, inside a message of Engine.IO: type[attachments-][/namespace,][id][json].
// https://github.com/socketio/socket.io/blob/main/docs/socket.io-protocol/v5-current.md

/// The raw value is the packet's first byte, an ASCII digit.
package enum SocketPacketKind: UInt8, Sendable {
    case connect = 0x30, disconnect, event, acknowledgement, connectError, binaryEvent, binaryAcknowledgement
}

package struct SocketPacket: Equatable, Sendable {
    package let kind: SocketPacketKind
    /// "/" is the main one.
    package let namespace: String
    /// The number of an acknowledgement that is asked for, or given.
    package let id: UInt64?
    /// The JSON text, not checked; nil where there is none.
    package let json: [UInt8]?
    /// Binary messages that belong to the packet and follow it.
    package let attachments: Int

    package init(
        _ kind: SocketPacketKind, namespace: String, id: UInt64? = nil, json: [UInt8]? = nil, attachments: Int = 0
    ) {
        self.kind = kind
        self.namespace = namespace
        self.id = id
        self.json = json
        self.attachments = attachments
    }

    /// - Parameter text: the payload of a text message of Engine.IO, valid UTF-8.
    package init(parsing text: [UInt8]) throws(SocketError) {
        guard let first = text.first, let kind = SocketPacketKind(rawValue: first) else {
            throw SocketError("The packet has no known type.")
        }
        var rest = text.dropFirst()
        self.kind = kind
        attachments = try SocketPacket.attachments(of: kind, &rest)
        namespace = try SocketPacket.namespace(&rest)
        id = try SocketPacket.id(&rest)
        json = rest.isEmpty ? nil : Array(rest)
    }

    private static func attachments(of kind: SocketPacketKind, _ rest: inout ArraySlice<UInt8>) throws(SocketError)
        -> Int
    {
        guard kind == .binaryEvent || kind == .binaryAcknowledgement else { return 0 }
        let digits = rest.prefix(3).prefix { isDigit($0) }
        guard let count = Int(String(decoding: digits, as: UTF8.self)), 1...SocketIOLimits.attachments ~= count,
            rest.dropFirst(digits.count).first == UInt8(ascii: "-")
        else { throw SocketError("The number of attachments is not 1 to \(SocketIOLimits.attachments).") }
        rest = rest.dropFirst(digits.count + 1)
        return count
    }

    /// The comma may be missing at the end.
    private static func namespace(_ rest: inout ArraySlice<UInt8>) throws(SocketError) -> String {
        guard rest.first == UInt8(ascii: "/") else { return "/" }
        let name = rest.prefix { $0 != UInt8(ascii: ",") }
        guard name.count <= SocketIOLimits.namespaceBytes else { throw SocketError("The namespace is too long.") }
        rest = rest.dropFirst(name.count + 1)
        // A query after the name is not part of it.
        return String(decoding: name.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
    }

    private static func id(_ rest: inout ArraySlice<UInt8>) throws(SocketError) -> UInt64? {
        let digits = rest.prefix { isDigit($0) }
        guard !digits.isEmpty else { return nil }
        guard digits.count <= SocketIOLimits.acknowledgementDigits,
            let id = UInt64(String(decoding: digits, as: UTF8.self))
        else { throw SocketError("The number of the acknowledgement is too large.") }
        rest = rest.dropFirst(digits.count)
        return id
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    /// The packet as the payload of a text message of Engine.IO.
    package var bytes: [UInt8] {
        var bytes = [kind.rawValue]
        if attachments > 0 { bytes += "\(attachments)-".utf8 }
        if namespace != "/" { bytes += "\(namespace),".utf8 }
        if let id { bytes += String(id).utf8 }
        if let json { bytes += json }
        return bytes
    }
}
