import Testing

@testable import Linux

@Suite struct InternetAddressTests {
    @Test(arguments: [
        ("192.0.2.7", 128, "192.0.2.7"), ("192.0.2.7/32", 128, "192.0.2.7"), ("192.0.2.7/24", 120, "192.0.2.0/24"),
        ("0.0.0.0/0", 96, "0.0.0.0/0"), ("::ffff:192.0.2.7", 128, "192.0.2.7"),
        ("::ffff:192.0.2.7/120", 120, "192.0.2.0/24"), ("2001:DB8:0::1", 128, "2001:db8::1"),
        ("2001:db8:ffff::1/32", 32, "2001:db8::/32"), ("2001:db8::1/127", 127, "2001:db8::/127"), ("::/0", 0, "::/0"),
        ("2001:db8:0:1::9/64", 64, "2001:db8:0:1::/64"), ("2001:db8::8000:0:0:1/65", 65, "2001:db8:0:0:8000::/65"),
    ])
    func networksAreWrittenInOneWay(_ text: String, _ bits: Int, _ spelling: String) throws {
        let network = try InternetNetwork(text)
        #expect(network.bits == bits && network.text == spelling)
        #expect(try InternetNetwork(spelling) == network)
    }

    @Test func theBitsAreInNetworkOrder() throws {
        let old = try InternetNetwork("192.0.2.7")
        #expect(old.high == 0 && old.low == 0xffff_c000_0207)
        let new = try InternetNetwork("2001:db8::102:304/112")
        #expect(new.high == 0x2001_0db8_0000_0000 && new.low == 0x0102_0000)
    }

    @Test(arguments: [
        "", "ada", "192.0.2", "192.0.2.7.1", "192.0.2.07", "192.0.2.256", "2001:db8", "2001:db8::g", "::1%lo", " ::1",
        "/24",
        "1\u{0}.1.1.1", "1.1.1.1\u{0}", "::\u{0}x",
    ])
    func othersAreNone(_ text: String) {
        let flaw = #expect(throws: InternetNetwork.Flaw.self) { try InternetNetwork(text) }
        #expect(flaw?.description.contains("is no address: write it as 192.0.2.7") == true)
    }

    @Test(arguments: [
        ("192.0.2.0/33", 32), ("192.0.2.0/-1", 32), ("192.0.2.0/", 32), ("192.0.2.0/024", 32), ("2001:db8::/129", 128),
        ("::/x", 128), ("192.0.2.0/24/8", 32),
    ])
    func lengthsAreChecked(_ text: String, _ most: Int) {
        let flaw = #expect(throws: InternetNetwork.Flaw.self) { try InternetNetwork(text) }
        #expect(flaw?.description == "The length of \(text) must be 0 to \(most).")
    }
}
