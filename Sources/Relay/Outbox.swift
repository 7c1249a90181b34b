// What one connection has still to be sent: references into shared chunks, never copies. Empty for nearly all
// connections nearly all the time, and then without memory of its own.

internal import DequeModule

struct Outbox {
    private struct Segment {
        let chunk: [UInt8]
        var range: Range<Int>
        /// Whether the chunk is WebSocket frames from its first byte on (it may be an HTTP response).
        let isFrames: Bool
    }

    private var segments: Deque<Segment> = []
    /// Bytes not yet written.
    private(set) var bytes = 0
    /// When it last was empty, on the monotonic clock in milliseconds; meaningful while it is not.
    private(set) var since: Int64 = 0

    var isEmpty: Bool { segments.isEmpty }

    mutating func append(_ chunk: [UInt8], _ range: Range<Int>, isFrames: Bool, at now: Int64) {
        if segments.isEmpty { since = now }
        segments.append(Segment(chunk: chunk, range: range, isFrames: isFrames))
        bytes += range.count
    }

    /// What to write next.
    var next: (chunk: [UInt8], range: Range<Int>)? { segments.first.map { ($0.chunk, $0.range) } }

    /// So many bytes of `next` are written.
    mutating func consume(_ count: Int) {
        bytes -= count
        let range = segments[0].range
        if count == range.count {
            segments.removeFirst()
            if segments.isEmpty { segments = [] }
        } else {
            segments[0].range = range.lowerBound + count..<range.upperBound
        }
    }

    /// Drops all but the rest of the frame whose beginning has gone out, so that another frame may follow.
    mutating func cut() {
        guard var first = segments.first else { return }
        segments = []
        if first.isFrames {
            let end = Outbox.boundary(in: first.chunk, from: first.range.lowerBound)
            first.range = first.range.lowerBound..<min(end, first.range.upperBound)
        }
        bytes = first.range.count
        if bytes > 0 { segments.append(first) }
    }

    /// The first frame boundary at or after `position`, in a chunk of unmasked frames (RFC 6455 §5.2).
    static func boundary(in frames: [UInt8], from position: Int) -> Int {
        var end = 0
        while end < position {
            let short = Int(frames[end + 1])
            let extended = short == 126 ? 2 : short == 127 ? 8 : 0
            let length = extended == 0 ? short : frames[end + 2..<end + 2 + extended].reduce(0) { $0 << 8 | Int($1) }
            end += 2 + extended + length
        }
        return end
    }
}
