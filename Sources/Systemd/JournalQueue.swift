// Records on their way to the journal or to standard error. A thread of its own writes them, because a write blocks while journald
// has stopped, or while nobody reads the pipe that standard error is.

package import Linux
internal import Synchronization

package final class JournalQueue: Sendable {
    /// A record in both forms.
    package struct QueuedRecord: Sendable {
        /// For the journal, each "NAME=value"; nil where standard error is not connected to it.
        let fields: [String]?
        /// For standard error, also where journald refuses the fields.
        let line: String

        package init(fields: [String]?, line: String) {
            self.fields = fields
            self.line = line
        }
    }

    private struct State {
        var waiting: [QueuedRecord] = []
        /// Records that are not written: those that wait, and those that the thread has taken.
        var count = 0
        /// When the write in progress began, in milliseconds of the monotonic clock; nil while nothing is written.
        var since: Int64?
        var dropped: UInt64 = 0
        var isFlushing = false
    }

    private let state = Mutex(State())
    private let limit: Int
    private let wake: EventFD
    private let drained: EventFD
    private let write: @Sendable (QueuedRecord) -> Void

    /// Starts the thread, which runs until the process ends.
    /// - Parameters:
    ///   - limit: records that may wait; more are dropped.
    ///   - write: writes one record; may block.
    /// - Throws: where no descriptor or thread is left.
    package init(
        limit: Int, write: @escaping @Sendable (QueuedRecord) -> Void = JournalQueue.write
    ) throws(SystemError) {
        self.limit = limit
        self.write = write
        wake = try EventFD()
        drained = try EventFD()
        _ = try Thread(name: "journal") { self.run() }
    }

    /// Queues a record, or drops and counts it where too many wait.
    package func append(_ record: QueuedRecord) {
        let isFirst = state.withLock { state in
            guard state.count < limit else {
                state.dropped += 1
                return false
            }
            state.waiting.append(record)
            state.count += 1
            return state.waiting.count == 1
        }
        if isFirst { wake.signal() }
    }

    /// Records that were dropped since the beginning.
    package var dropped: UInt64 { state.withLock(\.dropped) }

    /// Whether half of the queue is free again.
    package var hasRoom: Bool { state.withLock { $0.count <= limit / 2 } }

    /// For how many milliseconds the write in progress has lasted; 0 where there is none.
    package func blocked(at now: Int64) -> Int64 {
        state.withLock { state in state.since.map { max(now - $0, 0) } ?? 0 }
    }

    /// Waits until everything is written, or the time is over.
    package func flush(milliseconds: Int64) {
        let end = Clock.monotonic + milliseconds
        while true {
            let isDone = state.withLock { state in
                state.isFlushing = state.count > 0
                return state.count == 0
            }
            let left = end - Clock.monotonic
            if isDone || left <= 0 { return }
            drained.wait(milliseconds: Int32(clamping: left))
        }
    }

    /// Writes to the journal, or as a line to standard error.
    package static func write(_ record: QueuedRecord) {
        if let fields = record.fields, Journal.send(fields) { return }
        Process.writeErrorLine(record.line)
    }

    private func run() {
        while true {
            let records = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            if records.isEmpty { wake.wait() }
            for record in records {
                state.withLock { $0.since = Clock.monotonic }
                write(record)
                let isDrained = state.withLock { state in
                    state.since = nil
                    state.count -= 1
                    return state.count == 0 && state.isFlushing
                }
                if isDrained { drained.signal() }
            }
        }
    }
}
