import FoundationEssentials
import Glibc
import Linux
import Testing

@testable import Systemd

/// Notifications to a service manager that reads only when the test wants it to.
@Suite struct NotificationsTests {
    /// The service manager's end.
    private final class Manager {
        let path: String
        private let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)

        init(_ path: String = "/tmp/chatrelay-notify-\(UInt64.random(in: 0...UInt64.max))") {
            self.path = path
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let result = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(number, $0, size) }
            }
            precondition(result == 0)
        }

        deinit {
            close(number)
            Process.removeFile(path)
        }

        /// Reads everything that was sent; closes the descriptors that came along.
        func read() -> [String] {
            var texts: [String] = []
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                // Without a buffer for them, the kernel closes the descriptors.
                let count = unsafe recv(number, &buffer, buffer.count, 0)
                guard count > 0 else { return texts }
                texts.append(String(decoding: buffer[..<count], as: UTF8.self))
            }
        }
    }

    /// Sends until the socket takes no more.
    private func fill(_ notifications: Notifications) -> Int {
        var sent = 0
        while !notifications.isWaiting, sent < 10_000 {
            notifications.notify("X_\(sent)=1")
            sent += 1
        }
        return sent
    }

    @Test func nothingWaitsForAManagerThatDoesNotRead() {
        let manager = Manager()
        let notifications = Notifications(address: manager.path)
        let start = Clock.monotonic
        let sent = fill(notifications)
        for number in 0..<1_000 { notifications.notify("STATUS=\(number)") }
        notifications.notify("READY=1")
        notifications.feedWatchdog()
        notifications.retrySoon(at: Clock.monotonic)
        #expect(Clock.monotonic - start < 5_000 && sent < 10_000)
        #expect(notifications.silence(at: Clock.monotonic + 7_000) >= 7_000)
        var got = manager.read()
        notifications.retry(at: Clock.monotonic)
        got = (got + manager.read()).filter { $0 != "BARRIER=1" }
        // All in order; of the status only the last, and no ping of then.
        #expect(Array(got.suffix(3)) == ["X_\(sent - 1)=1", "STATUS=999", "READY=1"] && got.count == sent + 2)
        #expect(!notifications.isWaiting)
        notifications.feedWatchdog()
        #expect(manager.read().contains("WATCHDOG=1"))
    }

    @Test func aDescriptorIsStoredOnceTheManagerHasProcessedIt() throws {
        let manager = Manager()
        let notifications = Notifications(address: manager.path)
        let event = try EventFD()
        #expect(notifications.isStored("a"))
        notifications.store(event.descriptor, name: "a")
        #expect(!notifications.isStored("a"), "sent, but not read")
        notifications.retry(at: 0)
        notifications.retry(at: 1_000)
        #expect(!notifications.isStored("a") && notifications.silence(at: 9_000) == 9_000)
        #expect(manager.read() == ["FDSTORE=1\nFDPOLL=0\nFDNAME=a", "BARRIER=1"])
        notifications.retry(at: 9_500)
        #expect(notifications.isStored("a") && notifications.silence(at: 9_500) == 0)
        // Nothing is left to ask for.
        notifications.retry(at: 9_600)
        #expect(manager.read() == [])
    }

    @Test func aDescriptorThatCouldNotBeSentIsSentLaterOrForgotten() throws {
        let manager = Manager()
        let notifications = Notifications(address: manager.path)
        let sent = fill(notifications)
        let event = try EventFD()
        for name in ["a", "b"] { notifications.store(event.descriptor, name: name) }
        notifications.discard("a")
        #expect(manager.read().count < sent)
        notifications.retry(at: 0)
        notifications.discard("b")
        let got = manager.read()
        #expect(!got.contains { $0.contains("FDNAME=a") })
        #expect(
            got.filter { $0.contains("FDNAME=b") } == [
                "FDSTORE=1\nFDPOLL=0\nFDNAME=b", "FDSTOREREMOVE=1\nFDNAME=b",
            ])
    }

    @Test func flushTellsWhetherEverythingWasProcessed() throws {
        let manager = Manager()
        let notifications = Notifications(address: manager.path)
        let event = try EventFD()
        _ = fill(notifications)
        notifications.store(event.descriptor, name: "state")
        #expect(!notifications.flush(milliseconds: 50) && !notifications.isStored("state"))
        let reader = try Thread(name: "reader") { [manager = Shared(manager)] in
            for _ in 0..<500 where !manager.value.read().contains("BARRIER=1") { Clock.sleep(milliseconds: 10) }
        }
        #expect(notifications.flush(milliseconds: 20_000) && notifications.isStored("state"))
        reader.join()
    }

    @Test func aManagerThatWasStartedAgainGetsEverything() {
        let path = "/tmp/chatrelay-notify-\(UInt64.random(in: 0...UInt64.max))"
        var manager: Manager? = Manager(path)
        let notifications = Notifications(address: path)
        notifications.notify("READY=1")
        #expect(manager?.read() == ["READY=1"])
        manager = nil
        notifications.notify("STATUS=1")
        #expect(notifications.isWaiting)
        let next = Manager(path)
        notifications.notify("STATUS=2")
        #expect(!notifications.isWaiting && next.read().last == "STATUS=2")
    }

    @Test func withoutAManagerNothingHappens() {
        let notifications = Notifications(address: nil)
        notifications.notify("READY=1")
        notifications.store(0, name: "a")
        notifications.retry(at: 0)
        #expect(!notifications.hasManager && !notifications.isWaiting && notifications.isStored("a"))
        #expect(notifications.flush(milliseconds: 0) && notifications.silence(at: 100_000) == 0)
    }

    private struct Shared<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }
}
