// The system's clocks. clock_gettime(2).

internal import CLinux
internal import Glibc

package enum Clock {
    /// Milliseconds since 1970-01-01T00:00:00Z. The clock can be set, so it can jump.
    package static var wall: Int64 { clinux_milliseconds(CLOCK_REALTIME) }
    /// Milliseconds since an unspecified point; never goes back.
    package static var monotonic: Int64 { clinux_milliseconds(CLOCK_MONOTONIC) }
    /// The monotonic clock in nanoseconds, for measurements.
    package static var monotonicNanoseconds: Int64 { clinux_nanoseconds(CLOCK_MONOTONIC) }
    /// The processor time of this process, user and system, in nanoseconds.
    package static var processNanoseconds: Int64 { clinux_nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

    /// Stops this thread for a while.
    package static func sleep(milliseconds: Int64) { _ = usleep(UInt32(clamping: milliseconds * 1_000)) }
}
