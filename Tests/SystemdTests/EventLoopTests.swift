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
}
