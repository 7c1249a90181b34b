// What SQLite refused, as one sentence that says what to do.

internal import Host
internal import SQLite

/// - Parameter place: the file, or "in memory".
func ledgerError(_ error: SQLiteError, place: String) -> LedgerError {
    if error.cannotOpen {
        LedgerError(
            "The ledger \(place) can't be opened: its directory must exist, be writable, and belong to the service's user."
        )
    } else if error.isCorrupt {
        LedgerError(
            "The ledger \(place) is damaged or not a ledger: restore it from a backup, or move it away to begin anew.")
    } else if error.isReadOnly {
        LedgerError("The ledger \(place) can't be written: give the service's user the file and its directory.")
    } else if error.isFull {
        LedgerError("The disk of the ledger \(place) is full: make room.")
    } else if error.isBusy {
        LedgerError("The ledger \(place) is in use by another program: stop it, or give another --ledger FILE.")
    } else {
        LedgerError("The ledger \(place) can't be used: \(error).")
    }
}
