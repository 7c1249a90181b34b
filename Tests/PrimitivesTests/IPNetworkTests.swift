import Testing

@testable import Primitives

@Suite struct IPNetworkTests {
    @Test(arguments: [
        ("192.0.2.7", 128, "192.0.2.7"), ("192.0.2.7/32", 128, "192.0.2.7"), ("192.0.2.7/24", 120, "192.0.2.0/24"),
        ("0.0.0.0/0", 96, "0.0.0.0/0"), ("::ffff:192.0.2.7", 128, "192.0.2.7"),
        ("::ffff:192.0.2.7/120", 120, "192.0.2.0/24"), ("2001:DB8:0::1", 128, "2001:db8::1"),
        ("2001:db8:ffff::1/32", 32, "2001:db8::/32"), ("2001:db8::1/127", 127, "2001:db8::/127"), ("::/0", 0, "::/0"),
        ("2001:db8:0:1::9/64", 64, "2001:db8:0:1::/64"), ("2001:db8::8000:0:0:1/65", 65, "2001:db8:0:0:8000::/65"),
    ])
    func networksAreWrittenInOneWay(_ text: String, _ bits: Int, _ spelling: String) throws {
        let network = try IPNetwork(text)
        #expect(network.bits == bits && network.description == spelling)
        #expect(try IPNetwork(spelling) == network)
    }

    @Test func theBitsAreInNetworkOrder() throws {
        let old = try IPNetwork("192.0.2.7")
        #expect(old.address.high == 0 && old.address.low == 0xffff_c000_0207)
        let new = try IPNetwork("2001:db8::102:304/112")
        #expect(new.address.high == 0x2001_0db8_0000_0000 && new.address.low == 0x0102_0000)
    }

    @Test(arguments: [
        "", "ada", "192.0.2", "192.0.2.7.1", "192.0.2.07", "192.0.2.256", "2001:db8", "2001:db8::g", "::1%lo", " ::1",
        "/24",
        "1\u{0}.1.1.1", "1.1.1.1\u{0}", "::\u{0}x",
    ])
    func othersAreNone(_ text: String) {
        let flaw = #expect(throws: IPNetwork.SyntaxError.self) { try IPNetwork(text) }
        #expect(flaw?.description.contains("is no address: write it as 192.0.2.7") == true)
    }

    @Test(arguments: [
        ("192.0.2.0/33", 32), ("192.0.2.0/-1", 32), ("192.0.2.0/", 32), ("192.0.2.0/024", 32), ("2001:db8::/129", 128),
        ("::/x", 128), ("192.0.2.0/24/8", 32),
    ])
    func lengthsAreChecked(_ text: String, _ most: Int) {
        let flaw = #expect(throws: IPNetwork.SyntaxError.self) { try IPNetwork(text) }
        #expect(flaw?.description == "The length of \(text) must be 0 to \(most).")
    }
}

@Suite struct IPAddressTests {
    @Test(arguments: [nil, "::", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
    func anAddressThatStandsForManyClientsHasNoPrefix(_ text: String?) {
        #expect((text.flatMap { IPAddress($0) } ?? .unspecified).clientPrefix == nil)
    }

    @Test func anIPv6ClientIsItsNetwork() {
        #expect(IPAddress("2001:db8::1")?.clientPrefix == IPAddress("2001:db8::ffff:0:0:1")?.clientPrefix)
        #expect(IPAddress("2001:db8::1")?.clientPrefix != IPAddress("2001:db8:0:1::1")?.clientPrefix)
        #expect(IPAddress("192.0.2.7")?.clientPrefix == IPAddress("::ffff:192.0.2.7"))
        for text in ["126.255.255.255", "128.0.0.0", "1::1"] { #expect(IPAddress(text)?.clientPrefix != nil) }
    }

    @Test(arguments: ["", "unix:", "192.0.2.0/24", "192.0.2.07", "1\u{0}.1.1.1"])
    func onlyAddressesAreAddresses(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test func networksHaveTheirAddresses() throws {
        let network = try IPNetwork("192.0.2.0/24")
        #expect(IPAddress("192.0.2.255").map(network.contains) == true)
        #expect(IPAddress("192.0.3.0").map(network.contains) == false)
        #expect(try !IPNetwork("::/0").contains(.unspecified))
    }
}
