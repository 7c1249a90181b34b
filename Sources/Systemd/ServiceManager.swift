// The service manager's interface to a service: passed descriptors, the watchdog. sd_listen_fds_with_names(3),
// sd_watchdog_enabled(3). Notifications.swift has sd_notify(3).

internal import CSystemd
internal import Glibc
package import Linux

package enum ServiceManager {
    /// A descriptor that the service manager, or the program before, passed to this process.
    package struct PassedDescriptor: ~Copyable {
        /// FileDescriptorName= of the socket unit, or FDNAME= of the descriptor store.
        package let name: String
        private let descriptor: FileDescriptor

        fileprivate init(name: String, descriptor: consuming FileDescriptor) {
            self.name = name
            self.descriptor = descriptor
        }

        /// The descriptor itself, which the caller then owns.
        package consuming func take() -> FileDescriptor { descriptor }
    }

    /// Calls `body` with each descriptor that the service manager passed, and then with those of `Process.replaceItself`.
    /// Unsets the environment variables that name them, so that a second call finds none.
    /// - Throws: `SystemError` where a passed descriptor is not open, and the errors of `body`.
    package static func takeDescriptors(_ body: (consuming PassedDescriptor) throws -> Void) throws {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = unsafe sd_listen_fds_with_names(1, &names)
        guard count >= 0 else {
            throw SystemError(code: -count, attempt: "take the sockets from the service manager")
        }
        defer { unsafe freeNames(names) }
        for index in 0..<Int(count) {
            let name = unsafe names?[index].map { unsafe String(cString: $0) } ?? ""
            // SD_LISTEN_FDS_START is 3 (sd-daemon.h).
            try body(PassedDescriptor(name: name, descriptor: FileDescriptor(owning: Int32(3 + index))))
        }
        for (number, name) in try Process.takePassedDescriptors() {
            try body(PassedDescriptor(name: name, descriptor: FileDescriptor(owning: number)))
        }
    }

    /// The time within which the service manager expects WATCHDOG=1; nil without a watchdog.
    package static var watchdogMilliseconds: Int64? {
        var microseconds: UInt64 = 0
        return unsafe sd_watchdog_enabled(0, &microseconds) > 0 ? Int64(microseconds / 1000) : nil
    }

    private static func freeNames(_ names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        guard let names = unsafe names else { return }
        var index = 0
        while let name = unsafe names[index] {
            unsafe free(name)
            index += 1
        }
        unsafe free(names)
    }
}
