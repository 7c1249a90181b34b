// The chat itself: what comes in (sessions, their texts, committed entries, time) and what is to be done about it.

/// The state of the whole chat. One owner, one thread; every method appends what is to be done to `actions`, in order.
package struct Chat {
    package init(settings: ChatSettings, seed: UInt64) {}

    /// A client has connected; it is nobody until its `hello`.
    package mutating func connected(_ session: SessionID, at now: Moment, into actions: inout [Action]) {}

    /// A client sent one whole text message (valid UTF-8).
    package mutating func received(
        _ session: SessionID, _ text: [UInt8], at now: Moment, into actions: inout [Action]
    ) {}

    /// The session's connection is gone; nothing more is sent to it.
    package mutating func disconnected(_ session: SessionID, at now: Moment, into actions: inout [Action]) {}

    /// The ledger has it: now it is told.
    package mutating func apply(_ committed: Committed, into actions: inout [Action]) {}

    /// Time has passed (called about once a second): sessions without a `hello` end here.
    package mutating func tick(at now: Moment, into actions: inout [Action]) {}

    /// The people who have a name, and the rooms that exist.
    package var figures: (users: Int, rooms: Int) { (0, 0) }
}
