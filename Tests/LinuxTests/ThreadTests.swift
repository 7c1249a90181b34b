import FoundationEssentials
import Glibc
import Linux
import Synchronization
import Testing

@Suite struct ThreadTests {
    private final class Shared: Sendable {
        let name = Mutex("")
        let areSignalsBlocked = Mutex(false)
        let isDone = Mutex(false)
        let named: EventFD
        init() throws { named = try EventFD() }
    }

    @Test func aThreadHasItsNameAndNoSignals() throws {
        let shared = try Shared()
        let thread = try Thread(name: "fifteen-bytes..") {
            // The creator sets the name after the start.
            shared.named.wait(milliseconds: 10_000)
            let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            shared.name.withLock { $0 = name ?? "" }
            var blocked = sigset_t()
            unsafe pthread_sigmask(SIG_SETMASK, nil, &blocked)
            let areBlocked = [SIGTERM, SIGHUP, SIGUSR2].allSatisfy { unsafe sigismember(&blocked, $0) == 1 }
            shared.areSignalsBlocked.withLock { $0 = areBlocked }
        }
        shared.named.signal()
        thread.join()
        let name = shared.name.withLock { $0 }
        #expect(name == "fifteen-bytes..\n")
        let areSignalsBlocked = shared.areSignalsBlocked.withLock { $0 }
        #expect(areSignalsBlocked)
    }

    @Test func aJoinWaitsForTheEnd() throws {
        let shared = try Shared()
        let thread = try Thread(name: "test") {
            usleep(20_000)
            shared.isDone.withLock { $0 = true }
        }
        thread.join()
        let isDone = shared.isDone.withLock { $0 }
        #expect(isDone)
    }
}
