import Testing

@testable import Compression

@Suite struct CompressionTests {
    private let inflater = Inflater()
    private let deflater = Deflater()

    private func inflated(_ bytes: [UInt8]) throws -> String {
        String(decoding: try inflater.inflate(bytes, limit: 100), as: UTF8.self)
    }

    /// RFC 7692 §7.2.3: its examples.
    @Test(
        arguments: [
            ([0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], "Hello"),
            // A block without compression.
            ([0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00], "Hello"),
            // A block that is marked as the last.
            ([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], "Hello"),
            // Two blocks.
            ([0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00], "Hello"),
            // An empty message (§7.2.3.6).
            ([0x00], ""),
        ] as [([UInt8], String)])
    func theExamplesOfTheRFC(_ bytes: [UInt8], _ text: String) throws {
        #expect(try inflated(bytes) == text)
        if bytes.count == 7 { #expect(deflater.deflate(Array("Hello".utf8)) == bytes) }
    }

    @Test func nothingIsRememberedBetweenMessages() throws {
        // RFC 7692 §7.2.3.2: the second “Hello” with the window of the first.
        _ = try inflated([0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00])
        #expect(throws: InflationError.damaged) { try self.inflated([0xf2, 0x00, 0x11, 0x00, 0x00]) }
        #expect(deflater.deflate(Array("Hello".utf8)) == deflater.deflate(Array("Hello".utf8)))
    }

    @Test(arguments: [0, 1, 5, 255, 4_096, 16_384, 16_385, 65_536, 200_000])
    func aDeflatedMessageInflates(_ count: Int) throws {
        let noise = noise(count)
        for bytes in [noise, noise.map { $0 & 0x0f }, [UInt8](repeating: 0x61, count: count)] {
            let deflated = deflater.deflate(bytes)
            let inflated = try inflater.inflate(deflated, limit: count)
            #expect(inflated == bytes)
            if count > 0 {
                #expect(throws: InflationError.tooLong) { try self.inflater.inflate(deflated, limit: count - 1) }
            }
        }
    }

    /// No reference goes back farther than the window, which a receiver may rely on (RFC 7692 §7.1.2).
    @Test func aSmallWindowIsNotExceeded() throws {
        let half = noise(600)
        let wide = Deflater(windowBits: 15).deflate(half + half)
        let narrow = Deflater(windowBits: 9).deflate(half + half)
        #expect(wide.count < narrow.count)
        #expect(try inflater.inflate(narrow, limit: 1_200) == half + half)
    }

    @Test func everyCutOfAStreamIsDamaged() throws {
        let whole = deflater.deflate(Array("a text that is long enough, long enough, to be compressed".utf8))
        for count in 0..<whole.count - 1 {
            #expect(throws: InflationError.damaged, "\(count)") {
                try self.inflater.inflate(Array(whole[..<count]), limit: 1_000)
            }
        }
    }

    @Test func inflationStopsAtTheLimit() {
        let bomb = deflater.deflate([UInt8](repeating: 0, count: 50_000_000))
        #expect(bomb.count < 60_000)
        #expect(throws: InflationError.tooLong) { try self.inflater.inflate(bomb, limit: 65_536) }
    }

    private func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 7
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}
