// Whether the wall clock can be believed. The ledger notes now and then what time it is, so that a process that starts with a wrong
// clock knows it.

internal import Chat
internal import Host
internal import Primitives
internal import SQLite

final class LedgerClock {
    private let store: Store
    private let keep: Statement
    private var detector: ClockJumpDetector
    /// The next note, in milliseconds of the monotonic clock.
    private var nextNote = Int64.min

    init(_ store: Store) throws(SQLiteError) {
        self.store = store
        keep = try store.database.prepare("INSERT OR REPLACE INTO meta VALUES ('clock', ?)")
        detector = ClockJumpDetector(reference: try LedgerClock.reference(store.database))
    }

    /// The time that was noted last; in a ledger of an older version that of the newest entry; nil in a new one.
    static func reference(_ database: Database) throws(SQLiteError) -> Int64? {
        let noted = try database.integer(
            """
            SELECT ifnull(
              (SELECT value FROM meta WHERE key = 'clock'), (SELECT at FROM events ORDER BY seq DESC LIMIT 1))
            """)
        return noted == 0 ? nil : noted
    }

    var isSettled: Bool { detector.isSettled }

    /// How long the writer may wait until the next note.
    var idleMilliseconds: Int32 { Int32(LedgerLimits.clockNoteMilliseconds) }

    /// Looks at the clock, and notes it where that is due.
    /// - Throws: SQLite's error.
    func check(_ now: Moment) throws(SQLiteError) {
        detector.check(wall: now.wall, monotonic: now.monotonic)
        store.isClockSettled = isSettled
        guard detector.isSettled, now.monotonic >= nextNote else { return }
        keep.bind(1, now.wall)
        try keep.run()
        nextNote = now.monotonic + LedgerLimits.clockNoteMilliseconds
    }

    func accept(_ now: Moment) { detector.accept(wall: now.wall, monotonic: now.monotonic) }

    /// What is wrong, while the clock can't be believed.
    var problem: LedgerError? {
        guard !detector.isSettled else { return nil }
        let days = max(abs(detector.jump) / 86_400_000, 1)
        let direction = detector.jump > 0 ? "ahead" : "back"
        return LedgerError(
            "The clock went \(days) day\(days == 1 ? "" : "s") \(direction) at once, or the daemon was off for so long: for a day nothing is deleted by age, no name is released and no ban ends. Set the clock right, or, if it is right, say so with “systemctl reload chatrelay”."
        )
    }
}
