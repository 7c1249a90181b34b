// The chat's networks as people write them.

internal import Chat
internal import Linux

extension Network {
    /// - Parameter text: "192.0.2.7", "2001:db8::/32".
    init(_ text: String) throws(InternetNetwork.Flaw) {
        let network = try InternetNetwork(text)
        self.init(high: network.high, low: network.low, bits: network.bits, text: network.text)
    }
}
