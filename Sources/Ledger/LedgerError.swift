// What SQLite refused, as one sentence that says what to do.

internal import Host
internal import SQLite

/// - Parameter place: the file, or "in memory".
func ledgerError(_ error: SQLiteError, place: String) -> LedgerError {
    if error.isFull { return LedgerError("The disk of the ledger \(place) is full: make room.") }
    if error.isTooLarge {
        return LedgerError(
            "The ledger \(place) may not grow any more (\(error.reason)): raise LimitFSIZE= of the service.")
    }
    if error.lacksDescriptors {
        return LedgerError("The ledger \(place) can't be opened (\(error.reason)): raise LimitNOFILE= of the service.")
    }
    if error.isReadOnlyDisk {
        return LedgerError(
            "The disk of the ledger \(place) has become read-only: see why (journalctl -k), and mount it to be written."
        )
    }
    if error.isFailedDisk {
        return LedgerError(
            "The disk of the ledger \(place) fails (\(error.reason)): see what the kernel says (journalctl -k). The daemon tries again by itself."
        )
    }
    if error.cannotOpen {
        return LedgerError(
            "The ledger \(place) can't be opened: its directory must exist, be writable, and belong to the service's user."
        )
    }
    if error.isCorrupt {
        return LedgerError(
            "The ledger \(place) is damaged or not a ledger: restore it from a backup, or move it away to begin anew.")
    }
    if error.isReadOnly {
        return LedgerError("The ledger \(place) can't be written: give the service's user the file and its directory.")
    }
    if error.isBusy {
        return LedgerError("The ledger \(place) is in use by another program: stop it, or give another --ledger FILE.")
    }
    return LedgerError("The ledger \(place) can't be used: \(error).")
}
