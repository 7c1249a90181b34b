// All connections by their slots, how many of them are WebSockets, and how many each client has.

internal import Linux
internal import Primitives

struct ConnectionTable {
    private var slots: [Connection?] = []
    /// The number of the newest connection.
    var lastNumber: UInt64 = 0
    /// Connections that are WebSockets, or were and are not closed yet.
    private(set) var webSockets = 0
    /// Requests that wait for their responses.
    var waitingRequests = 0
    /// By the client's address prefix (`IPAddress.clientPrefix`).
    private var webSocketsOfClient: [IPAddress: UInt32] = [:]

    /// Bytes of unfinished messages, by the same.
    private var inputOfClient: [IPAddress: Int] = [:]
    /// Bytes in outboxes, by the same.
    private var outputOfClient: [IPAddress: Int] = [:]

    var indices: Range<Int> { slots.indices }

    /// Setting nil forgets the connection.
    subscript(slot: Slot) -> Connection? {
        get { slot < slots.count ? slots[Int(slot)] : nil }
        set {
            while slots.count <= Int(slot) { slots.append(nil) }
            slots[Int(slot)] = newValue
        }
    }

    /// The slots in use, in order.
    var used: [Slot] { slots.indices.filter { slots[$0] != nil }.map(Slot.init) }

    mutating func addWebSocket(_ connection: Connection) {
        connection.isWebSocket = true
        webSockets += 1
        if let client = ConnectionTable.client(connection.address) { webSocketsOfClient[client, default: 0] += 1 }
    }

    mutating func removeWebSocket(_ connection: Connection) {
        webSockets -= 1
        guard let client = ConnectionTable.client(connection.address), let count = webSocketsOfClient[client] else {
            return
        }
        webSocketsOfClient[client] = count > 1 ? count - 1 : nil
    }

    /// WebSockets of the client with this address; 0 where it stands for many clients.
    func webSockets(ofClientAt address: String?) -> Int {
        ConnectionTable.client(address).flatMap { webSocketsOfClient[$0] }.map(Int.init) ?? 0
    }

    /// Counts what a connection's unfinished message takes in memory now.
    /// - Returns: what those of all connections of its client take; 0 where the address stands for many clients.
    mutating func setInput(of connection: Connection, to bytes: Int) -> Int {
        guard let client = ConnectionTable.client(connection.address) else { return 0 }
        let sum = inputOfClient[client, default: 0] + bytes - connection.inputBytes
        connection.inputBytes = bytes
        inputOfClient[client] = sum > 0 ? sum : nil
        return sum
    }

    /// Counts what a connection's outbox has now.
    /// - Returns: what those of all connections of its client have; 0 where the address stands for many clients.
    mutating func setOutput(of connection: Connection, to bytes: Int) -> Int {
        guard bytes != 0 || connection.outputBytes != 0, let client = ConnectionTable.client(connection.address) else {
            return 0
        }
        let sum = outputOfClient[client, default: 0] + bytes - connection.outputBytes
        connection.outputBytes = bytes
        outputOfClient[client] = sum > 0 ? sum : nil
        return sum
    }

    private static func client(_ address: String?) -> IPAddress? { address.flatMap { IPAddress($0) }?.clientPrefix }
}
