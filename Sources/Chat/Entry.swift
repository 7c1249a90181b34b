// What is durable: entries go into the ledger, and come out of it with a sequence number.

/// One durable thing that happened, as the ledger takes it in.
package enum Entry: Equatable, Sendable {
    case message(Message)
}

/// A user's message to a room.
package struct Message: Equatable, Sendable {
    /// The sender's own id for it; unique together with `from`.
    package var id: String
    package var room: String
    package var from: String
    package var text: String
    /// The server's time, in milliseconds since 1970-01-01T00:00:00Z.
    package var at: Int64

    package init(id: String, room: String, from: String, text: String, at: Int64) {
        self.id = id
        self.room = room
        self.from = from
        self.text = text
        self.at = at
    }
}

/// An entry as the ledger gives it out: it happened, at this place in the one order.
package struct Committed: Equatable, Sendable {
    /// Global, grows by one, never reused; the first is 1.
    package var seq: UInt64
    package var entry: Entry

    package init(seq: UInt64, entry: Entry) {
        self.seq = seq
        self.entry = entry
    }
}
