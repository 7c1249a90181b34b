// A connection's first request: a WebSocket, a page, or a refusal.

internal import Chat
internal import Linux
internal import Primitives
internal import WebSocket

extension Relay {
    /// Bytes of the request.
    func upgrade(
        _ slot: Slot, _ connection: Connection, _ parser: UpgradeParser, _ bytes: Span<UInt8>, at now: Moment
    ) {
        var parser = parser
        connection.phase = .lingering
        crashRecords?.setPhase(slot, .passing)
        do throws(UpgradeRefusal) {
            guard let (head, consumed) = try parser.receive(bytes) else {
                connection.phase = .handshake(parser)
                return
            }
            connection.address = head.header("X-Real-IP").flatMap(Relay.printableAddress)
            if let page = page(head) { return say(page, to: slot, connection, at: now) }
            guard seats < maxConnections else { return turnAway(slot, at: now) }
            // What is compressed once for all has the largest window: who asks for less gets it plain.
            let (response, compression) = try UpgradeRequest(head).accept(
                path: Relay.path, subprotocol: Relay.subprotocol, allowedOrigins: configuration.allowedOrigins,
                windows: configuration.compression ? 15...15 : nil)
            let name = try vouchedName(head)
            let neighbours = addresses.count(connection.address)
            guard neighbours < addressLimit else {
                journal.write(.crowdedAddress(connection, count: neighbours))
                return dismiss(slot, connection, response, at: now)
            }
            connection.phase = .open(Endpoint(compression: compression != nil))
            poller.set(.compressed, slot, to: compression != nil)
            seat(connection)
            figures.upgrades[101, default: 0] += 1
            delivery.sendBytes(response, to: slot, in: &poller)
            let id = session(slot)
            let address = connection.address.flatMap { IPAddress($0) }
            upgraded.append(id)
            if let address { crashRecords?.setAddress(slot, high: address.high, low: address.low) }
            if let name { crashRecords?.setAuthenticatedName(slot, name) }
            withChat(at: now) { $0.connected(id, authenticatedName: name, address: address, at: now, into: &$1) }
            if consumed < bytes.count {
                receive(slot, bytes.extracting(consumed..<bytes.count), at: now)
            }
        } catch {
            refuse(slot, error, at: now)
        }
    }

    /// Who it is by the proxy's word, where that counts.
    private func vouchedName(_ head: RequestHead) throws(UpgradeRefusal) -> String? {
        guard configuration.chat.identity == .proxy else { return nil }
        guard let name = head.header(Relay.userHeader), Chat.isName(name) else {
            throw .noUser(Relay.userHeader)
        }
        return name
    }

    /// Answers the request with an error and hangs up.
    func refuse(_ slot: Slot, _ refusal: UpgradeRefusal, at now: Moment) {
        guard let connection = connections[Int(slot)] else { return }
        journal.write(.refused(connection, refusal))
        figures.upgrades[refusal.status, default: 0] += 1
        say(refusal.response, to: slot, connection, at: now)
    }

    /// All connections are in use.
    func turnAway(_ slot: Slot, at now: Moment) {
        journal.write(.full(limit: maxConnections))
        refuse(slot, .serverFull, at: now)
    }

    /// WebSockets of one address.
    private var addressLimit: Int {
        switch configuration.addressConnections {
        case 0: .max
        case let limit?: limit
        // So that nobody holds out all others; a company behind one address, or a proxy that was not told of, is no attack.
        case nil: (maxConnections + 1) / 2
        }
    }

    /// Its address has too many. No page can read an HTTP answer to a handshake (RFC 6455 §4.1), and the code of a close frame
    /// says when to come back: so it is accepted and closed. It never is one of the chat.
    private func dismiss(_ slot: Slot, _ connection: Connection, _ response: [UInt8], at now: Moment) {
        figures.upgrades[101, default: 0] += 1
        figures.closings["\(Relay.crowdedCode)", default: 0] += 1
        connection.phase = .closing(Endpoint())
        let why = "Too many connections from your address."
        delivery.sendBytes(response + Frame.close(Relay.crowdedCode, reason: why), to: slot, in: &poller)
        limit(slot, connection, at: now)
    }

    /// Says the last thing to the peer.
    private func say(_ bytes: [UInt8], to slot: Slot, _ connection: Connection, at now: Moment) {
        delivery.sendBytes(bytes, to: slot, in: &poller)
        drain(slot, connection, at: now)
    }

    /// The proxy's word for the client's address goes into the journal: only what an address is made of.
    private static func printableAddress(_ text: String) -> String? {
        let isAddress = text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        return isAddress && text.utf8.count <= Limits.addressBytes ? text : nil
    }

    static let path = "/ws"
    /// nginx says by it who has logged in.
    static let userHeader = "X-Remote-User"
    static let subprotocol = "chatrelay.v1"
}
