import Testing

@testable import Relay

@Suite struct ClientAddressesTests {
    @Test func eachClientIsCountedForItself() {
        var addresses = ClientAddresses()
        for address in ["192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"] { addresses.add(address) }
        #expect(addresses.count("192.0.2.7") == 3)
        #expect(addresses.count("192.0.2.8") == 1)
        for left in [2, 1, 0, 0] {
            addresses.remove("192.0.2.7")
            #expect(addresses.count("192.0.2.7") == left)
        }
        #expect(addresses.count("192.0.2.8") == 1)
    }

    @Test func ofIPv6TheNetworkCounts() {
        var addresses = ClientAddresses()
        addresses.add("2001:db8::1")
        addresses.add("2001:db8::ffff:0:0:1")
        addresses.add("2001:db8:0:1::1")
        #expect(addresses.count("2001:db8::2") == 2)
        #expect(addresses.count("2001:db8:0:1::2") == 1)
    }

    @Test(arguments: [nil, "", "unix:", "192.0.2.0/24", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
    func whatIsNoClientsAddressIsNotCounted(_ address: String?) {
        var addresses = ClientAddresses()
        addresses.add(address)
        #expect(addresses.count(address) == 0)
        addresses.remove(address)
    }

    @Test(arguments: ["126.255.255.255", "128.0.0.0", "::2", "1::1"])
    func whatIsNearThisMachinesAddressesIs(_ address: String) {
        var addresses = ClientAddresses()
        addresses.add(address)
        #expect(addresses.count(address) == 1)
    }
}

@Suite struct FrameBudgetTests {
    /// - Returns: how many of them it has.
    private func take(_ count: Int, of budget: inout FrameBudget, at now: Int64) -> Int {
        var taken = 0
        for _ in 0..<count where budget.take(at: now) { taken += 1 }
        return taken
    }

    @Test func aBurstAndThenTheRate() {
        var budget = FrameBudget()
        #expect(take(200, of: &budget, at: 5_000) == 200)
        var other = budget
        #expect(take(1, of: &budget, at: 5_049) == 0)
        #expect(take(1, of: &other, at: 5_050) == 1)
        #expect(take(1, of: &other, at: 5_099) == 0)
    }

    @Test func isNeverMoreThanFull() {
        var budget = FrameBudget()
        #expect(take(1, of: &budget, at: 0) == 1)
        #expect(take(300, of: &budget, at: 1_000_000) == 200)
    }
}
