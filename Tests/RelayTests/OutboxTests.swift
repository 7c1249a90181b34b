import Testing
import WebSocket

@testable import Relay

@Suite struct OutboxTests {
    private func frames(_ sizes: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        for size in sizes { Frame.text([UInt8](repeating: 1, count: size), to: &bytes) }
        return bytes
    }

    @Test func bytesComeOutInOrderAndAreCounted() {
        var outbox = Outbox()
        outbox.append([1, 2, 3, 4], 1..<4, isFrames: true, at: 5)
        outbox.append([5, 6], 0..<2, isFrames: true, at: 6)
        #expect(outbox.bytes == 5 && outbox.since == 5)
        outbox.consume(2)
        #expect(outbox.next?.range == 3..<4)
        outbox.consume(1)
        #expect(outbox.next?.chunk == [5, 6])
        outbox.consume(2)
        #expect(outbox.isEmpty && outbox.bytes == 0)
        outbox.append([7], 0..<1, isFrames: true, at: 9)
        #expect(outbox.since == 9)
    }

    @Test func boundariesAreFoundInFramesOfEachLengthForm() {
        let bytes = frames([0, 125, 126, 65_536, 3])
        let ends = [2, 129, 259, 65_805, 65_810]
        #expect(bytes.count == 65_810)
        for position in [0, 1, 2, 3, 128, 129, 130, 258, 259, 260, 70, 65_804, 65_805, 65_806, 65_810] {
            let expected = position == 0 ? 0 : ends.first { $0 >= position }
            #expect(Outbox.boundary(in: bytes, from: position) == expected)
        }
    }

    @Test func aCutKeepsTheFrameThatIsUnderWay() {
        var outbox = Outbox()
        let chunk = frames([10, 10, 10])
        outbox.append(chunk, 0..<36, isFrames: true, at: 0)
        outbox.append(chunk, 0..<36, isFrames: true, at: 0)
        outbox.consume(13)
        outbox.cut()
        #expect(outbox.next?.range == 13..<24)
        #expect(outbox.bytes == 11)
    }

    @Test func aCutAtABoundaryKeepsNothing() {
        var outbox = Outbox()
        outbox.append(frames([10, 10]), 0..<24, isFrames: true, at: 0)
        outbox.consume(12)
        outbox.cut()
        #expect(outbox.isEmpty && outbox.bytes == 0)
    }
}
