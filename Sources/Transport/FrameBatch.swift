// The frames that one room, or one session, gets in one tick, and the place of each in the tick's order.

internal import Compression
internal import Primitives
internal import WebSocket

struct FrameBatch {
    private struct Mark {
        let order: Int
        let end: Int
    }

    /// Whole frames, in order; a shared chunk at the end of the tick.
    private(set) var bytes: [UInt8] = []
    private var marks: [Mark] = []

    var isEmpty: Bool { bytes.isEmpty }

    /// - Parameter deflater: where the recipients have negotiated permessage-deflate.
    mutating func appendText(_ json: [UInt8], _ deflater: Deflater?, order: Int) {
        if let deflater { Frame.message(.text, json, deflater, to: &bytes) } else { Frame.text(json, to: &bytes) }
        marks.append(Mark(order: order, end: bytes.count))
    }

    mutating func appendFrames(_ frames: [UInt8], order: Int) {
        bytes += frames
        marks.append(Mark(order: order, end: bytes.count))
    }

    /// The part of a batch that one session gets: the frames whose order is in `orders`.
    struct View {
        let batch: FrameBatch
        let orders: Range<Int>

        init(_ batch: FrameBatch, orders: Range<Int> = 0..<Int.max) {
            self.batch = batch
            self.orders = orders
        }

        /// The order of the frame at this place, or nil where the session does not get it.
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

    /// Merges batches, none of whose frames have the same order, into the tick's order. The work grows with the number of runs, not of frames: of a thousand newcomers each
    /// gets a long batch from its own place on.
    static func merge(_ views: [View]) -> [Run] {
        var runs: [Run] = []
        var positions = views.map { $0.batch.place(of: $0.orders.lowerBound) }
        while true {
            // The batch with the next frame, and the order at which another batch has one.
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
        marks.partitioningIndex { $0.order >= order }
    }

    /// The frame's first byte.
    private func start(of place: Int) -> Int { place == 0 ? 0 : marks[place - 1].end }
}
