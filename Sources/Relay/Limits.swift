// The fixed limits of the relay: each with its unit and the reason for its number. What an administrator can choose is in
// Configuration.swift.

package enum Limits {
    /// Connections that one turn of the loop hears of: enough to fill a tick, few enough to keep it under some
    /// milliseconds.
    static let readyBatch = 512
    /// Bytes read from one connection in one turn; the buffer is shared by all.
    static let readBytes = 65_536
    /// Recipients of a tick from which on the next one waits for its readers: below it, a tick costs them less than a millisecond.
    static let gatheredRecipients = 128
    /// Milliseconds that it waits at most. A room of 1,000 people behind nginx takes 6 ms to read a tick.
    static let gatherMilliseconds: Int64 = 20
    /// Milliseconds between two looks.
    static let gatherStep: Int64 = 1
    /// Newcomers accepted in one turn, so that a rush of them does not hold up those that are here.
    static let acceptBatch = 64
    /// What listen(2) may queue; the kernel caps it at net.core.somaxconn (4096 by default).
    static let backlog: Int32 = 4096
    /// Milliseconds in which a peer answers our close frame, or reads a refusal; then it is cut off.
    static let closeMilliseconds: Int64 = 5_000
    /// Bytes that a peer may still send meanwhile: what is on its way in nginx and the kernel. Who sends more has not stopped.
    static let discardedBytes: UInt32 = 1_048_576
    /// Milliseconds for which a queue may hold something before its reader counts as stuck.
    static let lagMilliseconds: Int64 = 30_000
    /// Milliseconds between two looks at what has become overdue; also the grain of the idle limit.
    static let sweepMilliseconds: Int64 = 1_000
    /// Milliseconds for which the ledger's writer may make no progress where no watchdog's time says it: longer than it
    /// waits for another program's lock.
    static let stallMilliseconds: Int64 = 15_000
    /// Milliseconds after which that is worth a word: no commit takes seconds on a disk that is well.
    static let behindMilliseconds: Int64 = 2_000
    /// Connections that are no WebSockets yet, or will be none: their requests are under way, or refused. A proxy sends a request
    /// at once, so that few are enough; each may hold a head of 8 KiB. Whoever has waited for the longest goes for a newcomer.
    static let strangers = 1_024
    /// Those that are let in however many WebSockets there are, so that they are told, and /metrics is: one turn's newcomers.
    static let spareConnections = acceptBatch
    /// Pings and pongs a second that a peer may send in the long run, and at once. Who measures its line by them needs one a
    /// second, and an answer to each of ours.
    static let controlFramesPerSecond: Int64 = 20
    static let controlFrameBurst: Int64 = 200
    /// Milliseconds between two status lines.
    static let statusMilliseconds: Int64 = 5_000
    /// Milliseconds in which the ledger may finish its work when a restart is planned; below TimeoutStopSec.
    static let handoverMilliseconds: Int64 = 10_000
    /// Milliseconds in which clients may answer our close frames when the service stops; below TimeoutStopSec.
    static let stopMilliseconds: Int64 = 3_000
    /// Bytes up to which pieces of several chunks are joined into one write: copying them is cheaper than a call each.
    static let joinBytes = 16_384
    /// Bytes of a client's address as the proxy names it; an IPv6 address with a zone is shorter.
    static let addressBytes = 64
    /// Bytes of an administrator's request: far more than the longest announcement.
    static let requestBytes = 65_536
    /// Seconds for which a ban or a mute may be ordered: up to a century; beyond it, it is for ever.
    static let orderSeconds: ClosedRange<Int64> = 1...3_155_760_000
    /// Descriptors that are not connections: standard ones, listeners, the loop, the journal, some to spare.
    static let reservedDescriptors = 32 + spareConnections
    /// Connections for each descriptor that their escrow takes: less than the pairs' 125.
    static let connectionsOfDescriptor = 100
    /// Milliseconds in which the service manager may say whether the service is being stopped; below TimeoutStopSec.
    static let jobMilliseconds: Int32 = 1_000
    /// Milliseconds in which a program that is to take this one's place may look at its settings; everybody waits for it.
    static let checkMilliseconds = 2_000
    /// Milliseconds that a start that fails takes at least, where it is tried again and again (RestartSec= of the unit is shorter).
    static let failureMilliseconds: Int32 = 1_000
    /// Records of one kind a second; what is over is counted and said with the next one that passes.
    static let recordsPerSecond = 50
    /// Milliseconds after which it is said without a next one.
    static let heldMilliseconds: Int64 = 5_000
}
