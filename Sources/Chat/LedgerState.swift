// What the chat knows of the ledger's contents.

struct LedgerState {
    /// The id of the ledger that gives out the sequence numbers.
    let id: String
    /// The sequence number of the newest entry that was applied, 0 for none.
    var seq: UInt64
    /// Entries with numbers up to this one are deleted.
    var retentionFloor: UInt64
    /// The sequence number of the newest announcement or deletion, 0 for none.
    var newestNotice: UInt64
    /// The newest events of all rooms and users.
    var replay: ReplayBuffer

    init(_ snapshot: Snapshot) {
        id = snapshot.ledger
        seq = snapshot.seq
        retentionFloor = snapshot.retentionFloor
        newestNotice = snapshot.newestNotice
        replay = ReplayBuffer(after: snapshot.recentAfter)
    }
}
