// Records for systemd-journald. sd_journal_sendv(3), systemd.journal-fields(7).

internal import CSystemd
internal import Glibc
internal import Linux

package enum Journal {
    /// The levels of syslog(3), values of the field PRIORITY.
    package enum Priority: Int, Sendable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
    }

    /// Whether standard error is connected to the journal (JOURNAL_STREAM, systemd.exec(5)).
    package static var isStandardError: Bool {
        guard let stream = Process.environment("JOURNAL_STREAM") else { return false }
        return stream == Process.standardErrorIdentity
    }

    /// Sends one record. sd_journal_sendv(3)
    /// - Parameter fields: each "NAME=value". A value may have any characters.
    /// - Returns: whether journald has taken the record.
    package static func send(_ fields: [String]) -> Bool {
        let storage = fields.map { Array($0.utf8) }
        var vectors: [iovec] = unsafe []
        return unsafe withPointers(storage[...], &vectors) { unsafe sd_journal_sendv($0.baseAddress, Int32($0.count)) }
            >= 0
    }

    /// Calls `body` with pointers to all the arrays, valid while it runs.
    private static func withPointers(
        _ storage: ArraySlice<[UInt8]>, _ vectors: inout [iovec], _ body: (UnsafeBufferPointer<iovec>) -> Int32
    ) -> Int32 {
        guard let first = storage.first else { return unsafe vectors.withUnsafeBufferPointer { unsafe body($0) } }
        return unsafe first.withUnsafeBytes { bytes in
            unsafe vectors.append(
                iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count))
            return unsafe withPointers(storage.dropFirst(), &vectors, body)
        }
    }
}
