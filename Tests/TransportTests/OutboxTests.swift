import StateCoding
import Testing
import WebSocket

@testable import Transport

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
        #expect(outbox.next?.range == 3..<4 && outbox.since == 5)
        outbox.consume(1)
        // The age is that of the oldest byte: a reader that is steadily behind never empties its outbox.
        #expect(outbox.next?.chunk == [5, 6] && outbox.since == 6)
        outbox.consume(2)
        #expect(outbox.isEmpty && outbox.bytes == 0 && outbox.since == nil)
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

    /// Otherwise a few bytes would keep a chunk of megabytes.
    @Test func aSmallPartOfALargeChunkIsCopied() throws {
        let chunk = frames([60_000, 100, 200])
        for start in [60_004, 60_050, 60_106, 60_200] {
            var outbox = Outbox()
            outbox.append(chunk, start..<chunk.count, isFrames: true, at: 3)
            let next = try #require(outbox.next)
            #expect(next.chunk.count <= 306 && Array(next.chunk[next.range]) == Array(chunk[start...]))
            let end = Outbox.boundary(in: chunk, from: start)
            #expect(outbox.bytes == chunk.count - start && Array(outbox.unwritten) == Array(chunk[start..<end]))
            outbox.cut()
            #expect(outbox.bytes == end - start && outbox.since == (end > start ? 3 : nil))
        }
        var whole = Outbox()
        whole.append(chunk, 10_000..<chunk.count, isFrames: true, at: 3)
        #expect(whole.next?.chunk.count == chunk.count)
    }

    @Test func aCutAtABoundaryKeepsNothing() {
        var outbox = Outbox()
        outbox.append(frames([10, 10]), 0..<24, isFrames: true, at: 0)
        outbox.consume(12)
        outbox.cut()
        #expect(outbox.isEmpty && outbox.bytes == 0)
    }

    /// At every byte: what has to go out before another frame can, and what the next process goes on with.
    @Test func itIsHandedOverAtEveryByte() throws {
        let chunk = frames([0, 10, 126, 3])
        let later = frames([5])
        for position in 0..<chunk.count {
            var outbox = Outbox()
            outbox.append(chunk, 0..<chunk.count, isFrames: true, at: 1)
            outbox.consume(position)
            outbox.append(later, 0..<later.count, isFrames: true, at: 2)
            let end = Outbox.boundary(in: chunk, from: position)
            #expect(Array(outbox.unwritten) == Array(chunk[position..<end]))
            var writer = StateWriter()
            outbox.write(to: &writer)
            var reader = StateReader(writer.bytes)
            var next = try Outbox(from: &reader, at: 7)
            #expect(reader.isAtEnd && next.bytes == outbox.bytes && next.since == 7)
            #expect(Array(next.unwritten) == Array(chunk[position..<end]))
            next.cut()
            #expect(next.bytes == end - position)
        }
    }

    @Test func theRestOfAFrameGoesFirst() throws {
        var outbox = Outbox()
        outbox.begin(withRestOf: [1, 2, 3], at: 1)
        #expect(Array(outbox.unwritten) == [1, 2, 3])
        outbox.append(frames([5]), 0..<7, isFrames: true, at: 2)
        outbox.consume(1)
        #expect(Array(outbox.unwritten) == [2, 3])
        var writer = StateWriter()
        outbox.write(to: &writer)
        var reader = StateReader(writer.bytes)
        let next = try Outbox(from: &reader, at: 7)
        #expect(next.bytes == 9 && Array(next.unwritten) == [2, 3])
    }

    @Test func whatIsNoQueueIsRefused() {
        func refuses(_ body: (inout StateWriter) -> Void) {
            var writer = StateWriter()
            writer.write(UInt64(1))
            body(&writer)
            var reader = StateReader(writer.bytes)
            #expect(throws: StateError()) { try Outbox(from: &reader, at: 0) }
        }
        // Frames that end too late, are masked, or are too long; a place that is not in them.
        for bytes in [
            [0x81, 5, 1], [0x81, 0x81, 1], [0x81], [0x81, 126, 0], [0x81, 127] + [UInt8](repeating: 0xff, count: 8),
        ] {
            refuses {
                $0.write(true)
                $0.write(0)
                $0.write(bytes as [UInt8])
            }
        }
        for offset in [-1, 3, 4] {
            refuses {
                $0.write(false)
                $0.write(offset)
                $0.write([1, 2, 3] as [UInt8])
            }
        }
    }
}
