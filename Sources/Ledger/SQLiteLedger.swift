package import Chat
internal import Linux

package enum LedgerDurability: String, CaseIterable, Sendable { case process, power }
package struct LedgerSettings: Equatable, Sendable {
    package var path: String?
    package var durability = LedgerDurability.process
    package var keepDays = 0
    package var keepMessages = 0
    package var keepMegabytes = 0
    package init(
        path: String? = nil, durability: LedgerDurability = .process, keepDays: Int = 0, keepMessages: Int = 0,
        keepMegabytes: Int = 0
    ) {
        self.path = path; self.durability = durability; self.keepDays = keepDays; self.keepMessages = keepMessages;
        self.keepMegabytes = keepMegabytes
    }
}
package final class SQLiteLedger: Ledger {
    package let past = Past(ledger: "x")
    package init(_ settings: LedgerSettings) throws {}
    package var descriptor: Int32 { 0 }
    package func append(_ entry: Entry, from origin: SessionID?) {}
    package func read(_ number: UInt64, _ query: Query) {}
    package func takeOutcomes(_ body: (Outcome) -> Void) {}
}
