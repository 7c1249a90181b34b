// The Socket.IO side of one session: which namespaces the client is connected to, and packets that wait for their attachments.

package struct SocketSession: Sendable {
    package enum NamespaceEvent: Equatable, Sendable {
        /// The client wants to connect; to be answered by `accept` or `refuse`.
        /// - auth: a JSON text, nil where there is none.
        case connect(namespace: String, auth: [UInt8]?)
        case event(namespace: String, EventArguments, id: UInt64?, attachments: [[UInt8]])
        case acknowledgement(namespace: String, EventArguments, id: UInt64, attachments: [[UInt8]])
        case disconnect(namespace: String)
    }

    /// Names that Socket.IO itself uses (packages/socket.io-parser/lib/index.ts, RESERVED_EVENTS).
    private static let reserved: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// Namespaces that the client has asked for, or is connected to.
    private(set) var namespaces: [String] = []
    private(set) var connected: [String] = []
    /// A packet whose attachments are not complete.
    private(set) var incomplete: (packet: SocketPacket, attachments: [[UInt8]])?

    package init() {}

    /// Continues where another session stood.
    init(namespaces: [String], connected: [String], incomplete: (packet: SocketPacket, attachments: [[UInt8]])?) {
        self.namespaces = namespaces
        self.connected = connected
        self.incomplete = incomplete
    }

    /// Whether the client has connected to a namespace, or asks to. One that does not in time is to be closed.
    package var hasConnected: Bool { !namespaces.isEmpty }

    package func isConnected(to namespace: String) -> Bool { connected.contains(namespace) }

    /// A message of Engine.IO.
    /// - Parameter bytes: valid UTF-8 where it is text.
    /// - Returns: nil where more messages belong to the packet.
    /// - Throws: where the session must end.
    package mutating func receive(_ bytes: [UInt8], isBinary: Bool) throws(SocketError) -> NamespaceEvent? {
        guard !isBinary else { return try attach(bytes) }
        guard incomplete == nil else { throw SocketError("An attachment was expected.") }
        let packet = try SocketPacket(parsing: bytes)
        switch packet.kind {
        case .connect: return try connect(packet)
        case .connectError: throw SocketError("A client does not send CONNECT_ERROR.")
        default: break
        }
        guard connected.contains(packet.namespace) else { throw SocketError("The namespace is not connected.") }
        if packet.attachments > 0 {
            incomplete = (packet, [])
            return nil
        }
        return try event(packet, attachments: [])
    }

    /// - Returns: the packet that answers CONNECT.
    /// - Parameter json: an object with at least "sid".
    package mutating func accept(_ namespace: String, json: [UInt8]) -> SocketPacket {
        connected.append(namespace)
        return SocketPacket(.connect, namespace: namespace, json: json)
    }

    /// - Parameter json: an object with "message", and "data" where it has more.
    package mutating func refuse(_ namespace: String, json: [UInt8]) -> SocketPacket {
        namespaces.removeAll { $0 == namespace }
        return SocketPacket(.connectError, namespace: namespace, json: json)
    }

    /// The server ends the client's connection to a namespace. The client does not connect to it again by itself.
    package mutating func disconnect(_ namespace: String) -> SocketPacket {
        leave(namespace)
        return SocketPacket(.disconnect, namespace: namespace)
    }

    private mutating func leave(_ namespace: String) {
        namespaces.removeAll { $0 == namespace }
        connected.removeAll { $0 == namespace }
    }

    private mutating func connect(_ packet: SocketPacket) throws(SocketError) -> NamespaceEvent {
        guard namespaces.count < SocketIOLimits.namespaces else { throw SocketError("Too many namespaces.") }
        guard packet.id == nil, !namespaces.contains(packet.namespace) else {
            throw SocketError("A second CONNECT to a namespace.")
        }
        guard packet.json.map({ EventArguments.isObject($0) }) ?? true else {
            throw SocketError("The payload of CONNECT is no object.")
        }
        namespaces.append(packet.namespace)
        return .connect(namespace: packet.namespace, auth: packet.json)
    }

    private mutating func attach(_ bytes: [UInt8]) throws(SocketError) -> NamespaceEvent? {
        guard var waiting = incomplete else { throw SocketError("An attachment without its packet.") }
        waiting.attachments.append(bytes)
        guard waiting.attachments.count == waiting.packet.attachments else {
            incomplete = waiting
            return nil
        }
        incomplete = nil
        return try event(waiting.packet, attachments: waiting.attachments)
    }

    private mutating func event(_ packet: SocketPacket, attachments: [[UInt8]]) throws(SocketError) -> NamespaceEvent {
        if packet.kind == .disconnect {
            guard packet.json == nil else { throw SocketError("DISCONNECT has no payload.") }
            leave(packet.namespace)
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
