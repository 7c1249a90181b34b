// What a daemon notes on the ledger's file, besides its contents: an extended attribute. A copy of the file does not have it, or has
// that of another inode, and where an older copy is written into the file itself, the attribute has higher numbers than the contents.

internal import Linux

struct LedgerMark: Equatable {
    static let attribute = "user.chatrelay"

    /// The same as meta's `mark`.
    var nonce: String
    var inode: UInt64
    /// The boot of the machine in which it was written: after a power failure the file may lack what was committed last.
    var boot: String
    /// The process that has the ledger, or had it last.
    var process: Int32
    /// As meta's `reserved`.
    var reserved: Int64
    /// The newest sequence number that is committed.
    var last: Int64

    init(nonce: String, inode: UInt64, boot: String, process: Int32, reserved: Int64, last: Int64) {
        self.nonce = nonce
        self.inode = inode
        self.boot = boot
        self.process = process
        self.reserved = reserved
        self.last = last
    }

    /// - Returns: nil where the bytes are not a mark of this version.
    init?(_ bytes: [UInt8]) {
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count == 7, fields[0] == "1", let inode = UInt64(fields[2]), let process = Int32(fields[4]),
            let reserved = Int64(fields[5]), let last = Int64(fields[6])
        else { return nil }
        self.init(
            nonce: String(fields[1]), inode: inode, boot: String(fields[3]), process: process, reserved: reserved,
            last: last)
    }

    var bytes: [UInt8] { Array("1 \(nonce) \(inode) \(boot) \(process) \(reserved) \(last)".utf8) }

    /// That of a file that another process has.
    static func read(_ path: String) -> LedgerMark? {
        LockedFile.attribute(attribute, of: path).flatMap { LedgerMark($0) }
    }
}
