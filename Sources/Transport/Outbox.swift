// What is queued for one connection: references into shared chunks, nearly never copies. Nearly all outboxes are empty nearly all the
// time; an empty one has no memory of its own.

internal import DequeModule
internal import StateCoding

struct Outbox {
    private struct Segment {
        let chunk: [UInt8]
        var range: Range<Int>
        /// Whether the chunk consists of whole WebSocket frames; else it is an HTTP response, or the rest of a frame.
        let isFrames: Bool
        /// When it was queued, on the monotonic clock in milliseconds.
        let since: Int64
    }

    private var segments: Deque<Segment> = []
    /// Bytes not yet written.
    private(set) var bytes = 0

    /// When its oldest byte was queued, on the monotonic clock in milliseconds; nil while it is empty.
    var since: Int64? { segments.first?.since }

    var isEmpty: Bool { segments.isEmpty }

    /// A small part of a large chunk is copied: the outbox keeps at most four times the bytes that it counts.
    mutating func append(_ chunk: [UInt8], _ range: Range<Int>, isFrames: Bool, at now: Int64) {
        bytes += range.count
        guard chunk.count > TransportLimits.joinBytes, range.count < chunk.count / 4 else {
            return segments.append(Segment(chunk: chunk, range: range, isFrames: isFrames, since: now))
        }
        let start = isFrames ? Outbox.start(in: chunk, of: range.lowerBound) : range.lowerBound
        let copy = Array(chunk[start..<range.upperBound])
        segments.append(
            Segment(chunk: copy, range: range.lowerBound - start..<copy.count, isFrames: isFrames, since: now))
    }

    /// The rest of a frame whose beginning was written; empty between two frames.
    var unwritten: ArraySlice<UInt8> {
        guard let first = segments.first else { return [] }
        guard first.isFrames else { return first.chunk[first.range] }
        return first.chunk[first.range.lowerBound..<Outbox.boundary(in: first.chunk, from: first.range.lowerBound)]
    }

    /// Queues the rest of a frame whose beginning another process has written.
    mutating func begin(withRestOf frame: [UInt8], at now: Int64) {
        append(frame, 0..<frame.count, isFrames: false, at: now)
    }

    func write(to writer: inout StateWriter) {
        writer.write(each: segments) { writer, segment in
            // Only the first segment may begin inside a frame.
            let start = segment.isFrames ? Outbox.start(in: segment.chunk, of: segment.range.lowerBound) : 0
            writer.write(segment.isFrames)
            writer.write(segment.range.lowerBound - start)
            writer.write(segment.chunk[start..<segment.range.upperBound])
        }
    }

    init() {}

    init(from reader: inout StateReader, at now: Int64) throws(StateError) {
        try reader.each { (reader) throws(StateError) in
            let (isFrames, offset, chunk) = (try reader.bool(), try reader.integer(Int.self), try reader.byteArray())
            guard offset >= 0, offset < chunk.count, !isFrames || Outbox.areFrames(chunk) else { throw StateError() }
            append(chunk, offset..<chunk.count, isFrames: isFrames, at: now)
        }
    }

    /// The bytes to write next.
    var next: (chunk: [UInt8], range: Range<Int>)? { segments.first.map { ($0.chunk, $0.range) } }

    /// So many bytes of `next` were written.
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

    /// Drops all but the rest of the frame whose beginning was written, so that another frame may follow.
    mutating func cut() {
        guard var first = segments.first else { return }
        segments = []
        if first.isFrames {
            let end = Outbox.boundary(in: first.chunk, from: first.range.lowerBound)
            first.range = first.range.lowerBound..<min(end, first.range.upperBound)
        }
        bytes = 0
        if !first.range.isEmpty { append(first.chunk, first.range, isFrames: first.isFrames, at: first.since) }
    }

    /// The start of the frame that contains the byte at `position`.
    static func start(in frames: [UInt8], of position: Int) -> Int {
        var (start, end) = (0, 0)
        while end <= position, end < frames.count { (start, end) = (end, next(in: frames, after: end)) }
        return end <= position ? end : start
    }

    /// Whether the bytes are whole frames, as `boundary` needs them.
    static func areFrames(_ bytes: [UInt8]) -> Bool {
        var end = 0
        while end < bytes.count {
            guard end + 2 <= bytes.count, bytes[end + 1] & 0x80 == 0 else { return false }
            let extended = bytes[end + 1] == 126 ? 2 : bytes[end + 1] == 127 ? 8 : 0
            guard end + 2 + extended <= bytes.count, extended < 8 || bytes[end + 2..<end + 6].allSatisfy({ $0 == 0 })
            else { return false }
            end = next(in: bytes, after: end)
        }
        return end == bytes.count
    }

    /// The first frame boundary at or after `position`, in a chunk of unmasked frames (RFC 6455 §5.2).
    static func boundary(in frames: [UInt8], from position: Int) -> Int {
        var end = 0
        while end < position { end = next(in: frames, after: end) }
        return end
    }

    /// The end of the frame that begins at `start`.
    private static func next(in frames: [UInt8], after start: Int) -> Int {
        let short = Int(frames[start + 1])
        let extended = short == 126 ? 2 : short == 127 ? 8 : 0
        let length = extended == 0 ? short : frames[start + 2..<start + 2 + extended].reduce(0) { $0 << 8 | Int($1) }
        return start + 2 + extended + length
    }
}
