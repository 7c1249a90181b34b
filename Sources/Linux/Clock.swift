// The machine's two clocks, in milliseconds. clock_gettime(2).

internal import CLinux
internal import Glibc

package enum Clock {
    /// Since 1970-01-01T00:00:00Z; can jump.
    package static var wall: Int64 { clinux_milliseconds(CLOCK_REALTIME) }
    /// Since some point in the past; never goes back.
    package static var monotonic: Int64 { clinux_milliseconds(CLOCK_MONOTONIC) }
    /// The same in nanoseconds, for measurements.
    package static var monotonicNanoseconds: Int64 { clinux_nanoseconds(CLOCK_MONOTONIC) }
    /// The processor time of this process, user and system, in nanoseconds.
    package static var processNanoseconds: Int64 { clinux_nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }
}
