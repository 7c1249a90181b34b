import Glibc
import Linux
import Systemd
import Testing

@Suite struct EventLoopTests {
    @Test func aTimerComesAgainUntilTheLoopIsLeft() throws {
        let loop = try EventLoop()
        var calls = 0
        try loop.every(milliseconds: 1) { [unowned loop] in
            calls += 1
            if calls == 3 { loop.exit(42) }
        }
        #expect(try loop.run() == 42)
        #expect(calls == 3)
    }

    @Test func aHandlerThatIsOffIsNotCalled() throws {
        let loop = try EventLoop()
        let off = try loop.every(milliseconds: 1) { Issue.record("it is off") }
        off.isEnabled = false
        #expect(!off.isEnabled)
        var calls = 0
        try loop.every(milliseconds: 5) { [unowned loop] in
            calls += 1
            if calls == 3 { loop.exit(0) }
        }
        #expect(try loop.run() == 0)
    }

    @Test func aRestartedTimerBeginsItsIntervalAnew() throws {
        let loop = try EventLoop()
        var calls = 0
        let timer = try loop.every(milliseconds: 30) { [unowned loop] in
            calls += 1
            loop.exit(0)
        }
        timer.isEnabled = false
        let start = Clock.monotonic
        try loop.every(milliseconds: 20) { if !timer.isEnabled { timer.restart() } }
        #expect(try loop.run() == 0)
        #expect(calls == 1 && Clock.monotonic >= start + 49)
    }

    @Test func handlersRunInTheOrderOfTheirPriorities() throws {
        let loop = try EventLoop()
        let first = try EventFD()
        let second = try EventFD()
        var order: [String] = []
        try loop.onReadable(second.descriptor, priority: .newConnections) { [unowned loop] in
            order.append("new connections")
            loop.exit(0)
        }
        try loop.onReadable(first.descriptor, priority: .traffic) {
            order.append("traffic")
            first.clear()
        }
        second.signal()
        first.signal()
        #expect(try loop.run() == 0)
        #expect(order == ["traffic", "new connections"])
    }

    @Test func aBlockedSignalCallsItsHandler() throws {
        var (mask, before) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGUSR1)
        unsafe pthread_sigmask(SIG_BLOCK, &mask, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        let loop = try EventLoop()
        try loop.onSignal(SIGUSR1) { [unowned loop] in loop.exit(7) }
        pthread_kill(pthread_self(), SIGUSR1)
        #expect(try loop.run() == 7)
    }
}
