// What the service manager gives to a service and hears of it. sd_listen_fds_with_names(3), sd_notify(3),
// sd_watchdog_enabled(3).

internal import CSystemd
internal import Glibc
package import Linux

package enum ServiceManager {
    /// A socket that the service manager opened for us.
    package struct Handed: ~Copyable {
        /// The name from the socket unit's FileDescriptorName=.
        package let name: String
        private let descriptor: FileDescriptor

        fileprivate init(name: String, descriptor: consuming FileDescriptor) {
            self.name = name
            self.descriptor = descriptor
        }

        package consuming func take() -> FileDescriptor { descriptor }
    }

    /// Takes the descriptors that were handed over, if any, by the service manager or by the program that this process was
    /// before (`Process.replaceItself`); the environment is cleaned of them, so that it works once.
    package static func takeDescriptors(_ body: (consuming Handed) throws -> Void) throws {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = unsafe sd_listen_fds_with_names(1, &names)
        guard count >= 0 else {
            throw SystemError(code: -count, attempt: "take the sockets from the service manager")
        }
        defer { unsafe freeNames(names) }
        for index in 0..<Int(count) {
            let name = unsafe names?[index].map { unsafe String(cString: $0) } ?? ""
            // SD_LISTEN_FDS_START is 3 (sd-daemon.h).
            try body(Handed(name: name, descriptor: FileDescriptor(owning: Int32(3 + index))))
        }
        for (number, name) in try Process.takeHandedDescriptors() {
            try body(Handed(name: name, descriptor: FileDescriptor(owning: number)))
        }
    }

    /// Tells the service manager; without one (no NOTIFY_SOCKET) nothing happens.
    /// - Parameter state: lines such as "READY=1"; sd_notify(3) lists them.
    package static func notify(_ state: String) { _ = unsafe sd_notify(0, state) }

    /// Whether there is one, which may keep descriptors (FileDescriptorStoreMax= of the unit).
    package static var hasStore: Bool { unsafe getenv("NOTIFY_SOCKET") != nil }

    /// Gives a copy of the descriptor into its store (FDSTORE=1): the next process of the service gets it, under this name. It
    /// is kept also where its other end is closed (FDPOLL=0).
    package static func store(_ number: Int32, name: String) {
        _ = unsafe withUnsafePointer(to: number) { number in
            unsafe sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)", number, 1)
        }
    }

    /// Takes all of that name out of the store.
    package static func discard(_ name: String) { notify("FDSTOREREMOVE=1\nFDNAME=\(name)") }

    /// Waits until the service manager has taken in what it was told, a second at most. sd_notify_barrier(3).
    package static func awaitReceipt() { _ = sd_notify_barrier(0, 1_000_000) }

    /// The time within which the service manager wants to hear WATCHDOG=1, or nil where it does not watch us.
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
