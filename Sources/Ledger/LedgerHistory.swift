// What the contents of a ledger's file say of the time before, and what follows from that.

struct LedgerHistory {
    var ledger: String
    /// The newest number in the file.
    var last: Int64
    /// Nil in a file that was last written by a version that reserved no numbers.
    var reserved: Int64?
    /// Nil where the file system keeps no extended attributes.
    var nonce: String?
    var isCopy: Bool
    /// Whether there was a write-ahead log when the file was opened.
    var hasLog: Bool
    var inode: UInt64
    /// Empty where it is not known.
    var boot: String

    /// Whether the process before has closed the file.
    private var isClosed: Bool { reserved.map { $0 == last } ?? !hasLog }

    /// - Parameters:
    ///   - mark: that of the file; nil where it has none.
    ///   - seen: by crash records, which are those of a process since the machine started; nil without any.
    func beginning(_ mark: LedgerMark?, _ seen: LedgerPosition?) -> LedgerBeginning {
        if isCopy { return .copied }
        if let seen, seen.ledger == ledger { return last >= Int64(clamping: seen.seq) ? .complete : .older }
        guard let nonce else {
            // Crash records of a version that noted nothing in them: at least the machine has not failed since.
            let isUpgrade = reserved == nil && seen != nil
            return isClosed || isUpgrade ? .complete : skipping
        }
        guard let mark, mark.nonce == nonce, mark.inode == inode else { return .copied }
        // Since the machine started, nothing can be missing that is not missing in the file.
        if mark.boot == boot, !boot.isEmpty { return last >= mark.last ? .complete : .older }
        // What was reserved is on the disk also after a power failure.
        if reserved ?? 0 < mark.reserved { return .older }
        return isClosed ? .complete : skipping
    }

    private var skipping: LedgerBeginning {
        // An older version reserves no numbers, and may have given out numbers above the reserved ones.
        let end = reserved.flatMap { $0 < last ? nil : $0 } ?? last + LedgerLimits.reservedNumbers
        return .skipping(to: UInt64(clamping: end))
    }
}
