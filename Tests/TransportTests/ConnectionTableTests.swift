import Primitives
import Testing

@testable import Transport

@Suite struct ConnectionTableTests {
    /// Adds a WebSocket from this address.
    private func add(_ address: String?, to table: inout ConnectionTable) -> Connection {
        let connection = Connection(number: 1, at: 0)
        connection.address = address
        table.addWebSocket(connection)
        return connection
    }

    @Test func eachClientIsCountedForItself() {
        var table = ConnectionTable()
        let connections = ["192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"].map { add($0, to: &table) }
        #expect(table.webSockets == 4 && connections.allSatisfy(\.isWebSocket))
        #expect(table.webSockets(ofClientAt: "192.0.2.7") == 3)
        #expect(table.webSockets(ofClientAt: "192.0.2.8") == 1)
        for (connection, left) in zip(connections, [2, 1, 0]) {
            table.removeWebSocket(connection)
            #expect(table.webSockets(ofClientAt: "192.0.2.7") == left)
        }
        #expect(table.webSockets == 1 && table.webSockets(ofClientAt: "192.0.2.8") == 1)
    }

    @Test func theInputOfEachClientIsCounted() {
        var table = ConnectionTable()
        let connections = ["192.0.2.7", "192.0.2.7", "192.0.2.8", nil].map { add($0, to: &table) }
        #expect(table.setInput(of: connections[0], to: 100) == 100)
        #expect(table.setInput(of: connections[1], to: 50) == 150)
        #expect(table.setInput(of: connections[0], to: 30) == 80)
        #expect(table.setInput(of: connections[2], to: 7) == 7)
        #expect(table.setInput(of: connections[3], to: 7) == 0)
        #expect(table.setInput(of: connections[0], to: 0) == 50 && table.setInput(of: connections[1], to: 0) == 0)
    }

    @Test func theOutputOfEachClientIsCounted() {
        var table = ConnectionTable()
        let connections = ["192.0.2.7", "192.0.2.7", "192.0.2.8", nil].map { add($0, to: &table) }
        #expect(
            table.setOutput(of: connections[0], to: 100) == 100 && table.setOutput(of: connections[1], to: 50) == 150)
        #expect(table.setOutput(of: connections[0], to: 30) == 80 && table.setOutput(of: connections[2], to: 7) == 7)
        #expect(table.setOutput(of: connections[3], to: 7) == 0)
        #expect(table.setOutput(of: connections[0], to: 0) == 50 && table.setOutput(of: connections[1], to: 0) == 0)
    }

    @Test func ofIPv6TheNetworkCounts() {
        var table = ConnectionTable()
        for address in ["2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1"] { _ = add(address, to: &table) }
        #expect(table.webSockets(ofClientAt: "2001:db8::2") == 2)
        #expect(table.webSockets(ofClientAt: "2001:db8:0:1::2") == 1)
    }

    @Test(arguments: [nil, "", "unix:", "192.0.2.0/24", "127.0.0.1"])
    func whatIsNoClientsAddressIsNotCounted(_ address: String?) {
        var table = ConnectionTable()
        let connection = add(address, to: &table)
        #expect(table.webSockets(ofClientAt: address) == 0)
        table.removeWebSocket(connection)
        #expect(table.webSockets == 0)
    }

    @Test func aSlotThatWasNeverUsedHasNoConnection() {
        var table = ConnectionTable()
        #expect(table[7] == nil)
        table[7] = Connection(number: 1, at: 0)
        #expect(table[7]?.number == 1 && table[6] == nil && table.used == [7])
        table[7] = nil
        #expect(table.used.isEmpty)
    }
}
