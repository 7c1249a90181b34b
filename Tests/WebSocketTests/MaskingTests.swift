import Testing

@testable import WebSocket

@Suite struct MaskingTests {
    private static let octets: [UInt8] = [0x12, 0x34, 0xab, 0xcd]

    /// Each length, at each place of the source and behind each number of bytes, with each turn of the key.
    @Test(arguments: 0...40)
    func theFastMaskIsTheNaiveOne(count: Int) {
        for place in 0...9 {
            let source = (0..<place + 4 + count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            for turned in 0...4 {
                let payload = source[place..<place + turned + count]
                var key = MaskingKey(0x1234_abcd)
                var masked = [UInt8](repeating: 9, count: place)
                let first = key.append(source.span.extracting(place..<place + turned), to: &masked)
                let rest = key.append(source.span.extracting(place + turned..<place + turned + count), to: &masked)
                let naive = payload.enumerated().map { $1 ^ Self.octets[$0 % 4] }
                #expect(masked == [UInt8](repeating: 9, count: place) + naive)
                #expect((first | rest < 0x80) == naive.allSatisfy { $0 < 0x80 })
            }
        }
    }

    /// A single byte that is not ASCII is told of wherever it stands.
    @Test func aByteThatIsNotASCIIIsSeenAtEachPlace() {
        for place in 0..<33 {
            var text = [UInt8](repeating: 0x61, count: 33)
            text[place] = 0x80
            var key = MaskingKey(0)
            var masked: [UInt8] = []
            #expect(key.append(text.span, to: &masked) >= 0x80)
        }
    }

    @Test func aKeyThatComesInOctetsIsTheKey() {
        var key = MaskingKey(0)
        for octet in Self.octets { key.shiftIn(octet) }
        #expect(key == MaskingKey(0x1234_abcd))
    }
}
