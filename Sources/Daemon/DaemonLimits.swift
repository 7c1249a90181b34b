/// The limits of the daemon's life, each with its unit and reason.
enum DaemonLimits {
    /// Milliseconds between two looks at what is due; also the resolution of the idle time-out.
    static let sweepMilliseconds: Int64 = 1_000
    /// Milliseconds between two looks that count as a pause of the process; below each time in which a client has to do something.
    static let pauseMilliseconds: Int64 = 3 * sweepMilliseconds
    /// Milliseconds between two looks whether the readers of the last large tick have caught up.
    static let probeMilliseconds: Int64 = 1
    /// Milliseconds in which the ledger may finish its work before a planned restart; below TimeoutStopSec=.
    static let restartMilliseconds: Int64 = 10_000
    /// Milliseconds in which the service manager may take the connections before the process exits. It never takes so long, unless
    /// it hangs; with `restartMilliseconds` below TimeoutStopSec=.
    static let storeMilliseconds: Int64 = 10_000
    /// Milliseconds in which clients may answer our close frames when the service stops; below TimeoutStopSec=.
    static let stopMilliseconds: Int64 = 3_000
    /// Milliseconds in which the service manager may say whether the service is being stopped; below TimeoutStopSec=.
    static let jobMilliseconds: Int32 = 1_000
    /// Milliseconds in which the successor's program may check its settings.
    static let checkMilliseconds: Int64 = 2_000
    /// Milliseconds between two looks whether it has.
    static let checkPollMilliseconds: Int64 = 20
    /// Milliseconds that a failed start takes at least, because systemd tries again at once (RestartSec= of the unit).
    static let failureMilliseconds: Int32 = 1_000
    /// Milliseconds between two requests for more time to start; far below TimeoutStartSec=.
    static let extensionMilliseconds: Int64 = 2_000
    /// Microseconds that each asks for: single steps of a migration, such as the removal of a table, take long with a large ledger.
    static let extensionMicroseconds = 300_000_000
    /// The exit status after which systemd does not start the service again (RestartPreventExitStatus= of the unit).
    static let idleStatus: Int32 = 100
}
