// The Socket.IO side of one session: what its messages say, and packets that wait for their attachments. The caller knows which
// namespaces the client is connected to.

package struct SocketSession: Sendable {
    package enum NamespaceEvent: Equatable, Sendable {
        /// The client wants to connect; to be answered by CONNECT with an object that has at least "sid", or by CONNECT_ERROR with
        /// one that has "message".
        /// - auth: a JSON text, nil where there is none.
        case connect(namespace: String, auth: [UInt8]?)
        case event(namespace: String, EventArguments, id: UInt64?, attachments: [[UInt8]])
        case acknowledgement(namespace: String, EventArguments, id: UInt64, attachments: [[UInt8]])
        /// The client leaves a namespace.
        case disconnect(namespace: String)
    }

    /// Names that Socket.IO itself uses (packages/socket.io-parser/lib/index.ts, RESERVED_EVENTS).
    private static let reserved: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// How a client stands to a namespace.
    package enum NamespaceState: Sendable { case unknown, asked, connected }

    enum Incomplete: Sendable {
        case nothing
        /// Its attachments are not all there. Rare, so that it takes memory of its own.
        indirect case packet(SocketPacket, attachments: [[UInt8]])
    }

    var incomplete = Incomplete.nothing

    package init() {}

    /// A message of Engine.IO.
    /// - Parameters:
    ///   - bytes: valid UTF-8 where it is text.
    ///   - state: how the client stands to a namespace, as the caller knows it.
    /// - Returns: nil where more messages belong to the packet.
    /// - Throws: where the session must end.
    package mutating func receive(
        _ bytes: [UInt8], isBinary: Bool, state: (String) -> NamespaceState
    ) throws(SocketError) -> NamespaceEvent? {
        guard !isBinary else { return try attach(bytes) }
        guard case .nothing = incomplete else { throw SocketError("An attachment was expected.") }
        let packet = try SocketPacket(parsing: bytes)
        switch packet.kind {
        case .connect: return try connect(packet, state(packet.namespace))
        case .connectError: throw SocketError("A client does not send CONNECT_ERROR.")
        default: break
        }
        guard state(packet.namespace) == .connected else { throw SocketError("The namespace is not connected.") }
        if packet.attachments > 0 {
            incomplete = .packet(packet, attachments: [])
            return nil
        }
        return try event(packet, attachments: [])
    }

    private func connect(_ packet: SocketPacket, _ state: NamespaceState) throws(SocketError) -> NamespaceEvent {
        guard packet.id == nil, state == .unknown else { throw SocketError("A second CONNECT to a namespace.") }
        guard packet.json.map({ EventArguments.isObject($0) }) ?? true else {
            throw SocketError("The payload of CONNECT is no object.")
        }
        return .connect(namespace: packet.namespace, auth: packet.json)
    }

    private mutating func attach(_ bytes: [UInt8]) throws(SocketError) -> NamespaceEvent? {
        guard case .packet(let packet, var attachments) = incomplete else {
            throw SocketError("An attachment without its packet.")
        }
        attachments.append(bytes)
        guard attachments.count == packet.attachments else {
            incomplete = .packet(packet, attachments: attachments)
            return nil
        }
        incomplete = .nothing
        return try event(packet, attachments: attachments)
    }

    private func event(_ packet: SocketPacket, attachments: [[UInt8]]) throws(SocketError) -> NamespaceEvent {
        if packet.kind == .disconnect {
            guard packet.json == nil else { throw SocketError("DISCONNECT has no payload.") }
            return .disconnect(namespace: packet.namespace)
        }
        guard let arguments = packet.json.flatMap(EventArguments.init(json:)) else {
            throw SocketError("The payload is no JSON array.")
        }
        switch packet.kind {
        case .acknowledgement, .binaryAcknowledgement:
            guard let id = packet.id else { throw SocketError("An acknowledgement without its number.") }
            return .acknowledgement(namespace: packet.namespace, arguments, id: id, attachments: attachments)
        default:
            guard let first = arguments.elements.first, EventArguments.isName(first) else {
                throw SocketError("An event needs a name.")
            }
            guard arguments.name.map({ !SocketSession.reserved.contains($0) }) ?? true else {
                throw SocketError("The name of the event is reserved.")
            }
            return .event(namespace: packet.namespace, arguments, id: packet.id, attachments: attachments)
        }
    }
}
