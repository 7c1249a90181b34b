// The ids of sessions and rooms between the chat and its caller, and the time as the caller gives it.

/// One connection on which a client speaks the protocol. The caller chooses the ids: `slot` is dense (both sides index arrays with
/// it); `generation` is another one for each session in the slot.
package struct SessionID: Hashable, Sendable {
    package var slot: UInt32
    package var generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// A room that exists. The chat chooses the ids: dense, and reused after the room was closed.
package struct RoomID: Hashable, Sendable {
    package var index: UInt32

    package init(index: UInt32) {
        self.index = index
    }
}

/// A point in time, as the caller read it from the machine's two clocks.
package struct Moment: Equatable, Sendable {
    /// CLOCK_REALTIME, in milliseconds since 1970-01-01T00:00:00Z: for times that people see, and durable ones.
    package var wall: Int64
    /// CLOCK_MONOTONIC, in milliseconds: for rate limits and deadlines.
    package var monotonic: Int64
    /// Whether `wall` may decide what can't be undone; not so after a jump (`ClockJumpDetector`).
    package var isClockSettled: Bool

    package init(wall: Int64, monotonic: Int64, isClockSettled: Bool = true) {
        self.wall = wall
        self.monotonic = monotonic
        self.isClockSettled = isClockSettled
    }
}
