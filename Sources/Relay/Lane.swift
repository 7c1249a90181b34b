// What one room, or one session, is told in one tick: frames end to end, and where each stands in the tick's one order.

internal import WebSocket

struct Lane {
    private struct Mark {
        let order: Int
        let end: Int
    }

    /// The frames, whole and in order; becomes a shared chunk at the end of the tick.
    private(set) var bytes: [UInt8] = []
    private var marks: [Mark] = []

    var isEmpty: Bool { bytes.isEmpty }

    mutating func appendText(_ json: [UInt8], order: Int) {
        Frame.text(json, to: &bytes)
        marks.append(Mark(order: order, end: bytes.count))
    }

    mutating func appendFrames(_ frames: [UInt8], order: Int) {
        bytes += frames
        marks.append(Mark(order: order, end: bytes.count))
    }

    /// A lane as one session gets it: what stands in `orders`.
    struct View {
        let lane: Lane
        let orders: Range<Int>

        init(_ lane: Lane, orders: Range<Int> = 0..<Int.max) {
            self.lane = lane
            self.orders = orders
        }
    }

    /// Part of a chunk.
    struct Run {
        let chunk: [UInt8]
        var range: Range<Int>
    }

    /// The lanes' frames in the tick's order, neighbours of one lane joined.
    static func merge(_ views: [View]) -> [Run] {
        var runs: [Run] = []
        var positions = views.map { view in view.lane.marks.firstIndex { $0.order >= view.orders.lowerBound } }
        var last = -1
        while true {
            var best: (lane: Int, mark: Int, order: Int)?
            for (index, view) in views.enumerated() {
                guard let mark = positions[index], mark < view.lane.marks.count else { continue }
                let order = view.lane.marks[mark].order
                if order < view.orders.upperBound, order < best?.order ?? Int.max { best = (index, mark, order) }
            }
            guard let (lane, mark, _) = best else { return runs }
            positions[lane] = mark + 1
            let marks = views[lane].lane.marks
            let range = (mark == 0 ? 0 : marks[mark - 1].end)..<marks[mark].end
            if lane == last {
                runs[runs.count - 1].range = runs[runs.count - 1].range.lowerBound..<range.upperBound
            } else {
                runs.append(Run(chunk: views[lane].lane.bytes, range: range))
            }
            last = lane
        }
    }
}
