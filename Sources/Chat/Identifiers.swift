// The small numbers by which the chat and its caller speak of sessions and rooms, and the time as it is handed in.

/// A session: one connection that a client speaks the protocol on. The caller makes these up. `slot` is dense (both
/// sides keep arrays by it); `generation` tells one user of a slot from the next.
package struct SessionID: Hashable, Sendable {
    package var slot: UInt32
    package var generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// A room that exists now. The chat makes these up; dense, and reused after the room was closed.
package struct RoomID: Hashable, Sendable {
    package var index: UInt32

    package init(index: UInt32) {
        self.index = index
    }
}

/// A point in time, as the caller read it from the machine's two clocks.
package struct Moment: Equatable, Sendable {
    /// CLOCK_REALTIME, in milliseconds since 1970-01-01T00:00:00Z: what people see.
    package var wall: Int64
    /// CLOCK_MONOTONIC, in milliseconds: what budgets and time-outs are counted with.
    package var monotonic: Int64

    package init(wall: Int64, monotonic: Int64) {
        self.wall = wall
        self.monotonic = monotonic
    }
}
