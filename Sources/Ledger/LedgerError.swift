// Why a ledger can't be opened or written: one sentence that says what to do.

internal import SQLite

package struct LedgerError: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// Whether too many entries waited: this one never was among them, and is refused before those.
    package let isOverflow: Bool

    init(_ description: String, isOverflow: Bool = false) {
        self.description = description
        self.isOverflow = isOverflow
    }

    init(_ error: SQLiteError, place: String) {
        if error.cannotOpen {
            self.init(
                "The ledger \(place) can't be opened: its directory must exist, be writable, and belong to the service's user."
            )
        } else if error.isCorrupt {
            self.init(
                "The ledger \(place) is damaged or not a ledger: restore it from a backup, or move it away to begin anew."
            )
        } else if error.isReadOnly {
            self.init("The ledger \(place) can't be written: give the service's user the file and its directory.")
        } else if error.isFull {
            self.init("The disk of the ledger \(place) is full: make room.")
        } else if error.isBusy {
            self.init("The ledger \(place) is in use by another program: stop it, or give another --ledger FILE.")
        } else {
            self.init("The ledger \(place) can't be used: \(error).")
        }
    }
}
