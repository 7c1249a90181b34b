// What one room, or one session, is told in one tick: frames end to end, and where each stands in the tick's one order.

internal import Compression
internal import WebSocket

struct FrameBatch {
    private struct Mark {
        let order: Int
        let end: Int
    }

    /// The frames, whole and in order; becomes a shared chunk at the end of the tick.
    private(set) var bytes: [UInt8] = []
    private var marks: [Mark] = []

    var isEmpty: Bool { bytes.isEmpty }

    /// - Parameter deflater: for peers with which compression was agreed on.
    mutating func appendText(_ json: [UInt8], _ deflater: Deflater?, order: Int) {
        if let deflater { Frame.message(.text, json, deflater, to: &bytes) } else { Frame.text(json, to: &bytes) }
        marks.append(Mark(order: order, end: bytes.count))
    }

    mutating func appendFrames(_ frames: [UInt8], order: Int) {
        bytes += frames
        marks.append(Mark(order: order, end: bytes.count))
    }

    /// A lane as one session gets it: what stands in `orders`.
    struct View {
        let batch: FrameBatch
        let orders: Range<Int>

        init(_ batch: FrameBatch, orders: Range<Int> = 0..<Int.max) {
            self.batch = batch
            self.orders = orders
        }

        /// The order of the lane's frame at this place, where the session gets it.
        fileprivate func order(at place: Int) -> Int? {
            guard place < batch.marks.count, batch.marks[place].order < orders.upperBound else { return nil }
            return batch.marks[place].order
        }
    }

    /// Part of a chunk.
    struct Run {
        let chunk: [UInt8]
        let range: Range<Int>
    }

    /// The lanes' frames in the tick's order. The work grows with the turns that the lanes take, not with their frames:
    /// of a thousand newcomers each gets a long lane from its own place on.
    static func merge(_ views: [View]) -> [Run] {
        var runs: [Run] = []
        var positions = views.map { $0.batch.place(of: $0.orders.lowerBound) }
        while true {
            // The lane whose turn it is, and the order at which the next one has its turn.
            var next: Int?
            var (first, limit) = (Int.max, Int.max)
            for (index, view) in views.enumerated() {
                guard let order = view.order(at: positions[index]) else { continue }
                if order < first { (next, first, limit) = (index, order, first) } else { limit = min(limit, order) }
            }
            guard let next else { return runs }
            let batch = views[next].batch
            let end = batch.place(of: min(limit, views[next].orders.upperBound))
            runs.append(Run(chunk: batch.bytes, range: batch.start(of: positions[next])..<batch.start(of: end)))
            positions[next] = end
        }
    }

    /// The first frame at or after this order.
    private func place(of order: Int) -> Int {
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].order < order { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Where the frame begins in the bytes.
    private func start(of place: Int) -> Int { place == 0 ? 0 : marks[place - 1].end }
}
