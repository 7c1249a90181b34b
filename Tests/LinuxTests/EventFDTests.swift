import Glibc
import Linux
import Testing

@Suite struct EventFDTests {
    private func isReadable(_ event: borrowing EventFD) -> Bool {
        var descriptor = pollfd(fd: event.descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, 0) == 1
    }

    @Test func itIsReadableFromASignalUntilItIsCleared() throws {
        let event = try EventFD()
        var seen = [isReadable(event)]
        event.signal()
        event.signal()
        seen.append(isReadable(event))
        event.clear()
        seen.append(isReadable(event))
        event.clear()
        #expect(seen == [false, true, false])
    }

    @Test func aWaitTakesAllSignalsBeforeIt() throws {
        let event = try EventFD()
        event.signal()
        event.signal()
        event.wait()
        let isReadable = isReadable(event)
        #expect(!isReadable)
    }

    @Test func aWaitWithoutASignalEndsAfterItsTime() throws {
        let event = try EventFD()
        let start = Clock.monotonic
        event.wait(milliseconds: 20)
        #expect(Clock.monotonic >= start + 19)
    }
}
