// The administrator's settings for the ledger.

package struct LedgerSettings: Equatable, Sendable {
    /// The file; nil for a ledger in memory, which ends with the process.
    package var path: String?
    package var durability: LedgerDurability
    /// Days after which entries are deleted, 0 for never.
    package var keepDays: Int
    /// The newest messages and private messages to keep; 0 for no limit, or in memory for
    /// `LedgerLimits.messagesInMemory`.
    package var keepMessages: Int
    /// Megabytes (2^20 bytes) that the file may use, search index included; 0 for no limit.
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

    /// The ledger's name in error messages.
    var place: String { path ?? "in memory" }
}

/// Which crashes a commit survives. https://sqlite.org/pragma.html#pragma_synchronous
package enum LedgerDurability: String, CaseIterable, Sendable {
    /// A crash of the daemon. A crash of the machine may lose the last seconds of commits, but never damages the file.
    case process
    /// A power failure: each commit is on the disk before its outcomes are handed out.
    case power
}
