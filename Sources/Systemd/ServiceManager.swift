// The service manager's interface to a service: passed descriptors, notifications, the descriptor store, the watchdog.
// sd_listen_fds_with_names(3), sd_notify(3), sd_watchdog_enabled(3).

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

    /// Notifies the service manager; without one (no NOTIFY_SOCKET) has no effect. sd_notify(3)
    /// - Parameter state: assignments such as "READY=1", one a line.
    package static func notify(_ state: String) { _ = unsafe sd_notify(0, state) }

    /// Whether there is a service manager, which can store descriptors (FileDescriptorStoreMax= of the unit).
    package static var hasStore: Bool { unsafe getenv("NOTIFY_SOCKET") != nil }

    /// Adds a copy of the descriptor to the descriptor store (FDSTORE=1): the service's next process gets it under this name.
    /// The store keeps the descriptor also after its peer has closed the connection (FDPOLL=0).
    package static func store(_ number: Int32, name: String) {
        _ = unsafe withUnsafePointer(to: number) { number in
            unsafe sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)", number, 1)
        }
    }

    /// Removes all descriptors of this name from the descriptor store.
    package static func discard(_ name: String) { notify("FDSTOREREMOVE=1\nFDNAME=\(name)") }

    /// Waits until the service manager has processed all notifications, a second at most. sd_notify_barrier(3).
    package static func awaitReceipt() { _ = sd_notify_barrier(0, 1_000_000) }

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
