// What an administrator chooses about the ledger.

package struct LedgerSettings: Equatable, Sendable {
    /// The file; nothing: it is in memory, and gone with the process.
    package var path: String?
    package var durability: LedgerDurability
    /// Days after which entries are deleted, 0 for never.
    package var keepDays: Int
    /// Messages and private messages that are kept, the newest ones; 0 for no limit, in memory for
    /// `LedgerLimits.messagesInMemory`.
    package var keepMessages: Int
    /// Megabytes (2^20 bytes) that all of it may take, search index included; 0 for no limit.
    package var keepMegabytes: Int

    package init(
        path: String? = nil, durability: LedgerDurability = .process, keepDays: Int = 0, keepMessages: Int = 0,
        keepMegabytes: Int = 0
    ) {
        self.path = path
        self.durability = durability
        self.keepDays = keepDays
        self.keepMessages = keepMessages
        self.keepMegabytes = keepMegabytes
    }

    /// As its errors call it.
    var place: String { path ?? "in memory" }
}

/// What a crash may cost. https://sqlite.org/pragma.html#pragma_synchronous
package enum LedgerDurability: String, CaseIterable, Sendable {
    /// A commit survives a crash of the daemon. One of the whole machine may cost the last seconds, never the file.
    case process
    /// Each commit is on the disk before it counts.
    case power
}
