import Testing

@testable import Ledger

@Suite struct LedgerHistoryTests {
    private let file = LedgerHistory(
        ledger: "1ed9e000", last: 700, reserved: 66_000, nonce: "n", isCopy: false, hasLog: true, inode: 5, boot: "b")
    private let mark = LedgerMark(nonce: "n", inode: 5, boot: "b", process: 9, reserved: 66_000, last: 700)

    private func with(_ change: (inout LedgerHistory) -> Void) -> LedgerHistory {
        var file = file
        change(&file)
        return file
    }

    private func marked(_ change: (inout LedgerMark) -> Void) -> LedgerMark {
        var mark = mark
        change(&mark)
        return mark
    }

    @Test func aMarkIsReadAsItWasWritten() {
        #expect(LedgerMark(mark.bytes) == mark)
        for text in ["", "1 n 5 b 9 66000", "2 n 5 b 9 66000 700", "1 n x b 9 66000 700"] {
            #expect(LedgerMark(Array(text.utf8)) == nil)
        }
    }

    @Test func aKilledProcessLeavesNoGap() {
        #expect(file.beginning(mark, nil) == .complete)
        #expect(file.beginning(nil, LedgerPosition(ledger: "1ed9e000", seq: 700)) == .complete)
        // It was killed between a commit and its mark, or before it told anybody.
        #expect(file.beginning(marked { $0.last = 699 }, nil) == .complete)
        #expect(file.beginning(nil, LedgerPosition(ledger: "1ed9e000", seq: 690)) == .complete)
    }

    @Test func anEarlierStateOfTheSameFileIsNoticed() {
        #expect(file.beginning(marked { $0.last = 701 }, nil) == .older)
        #expect(file.beginning(mark, LedgerPosition(ledger: "1ed9e000", seq: 701)) == .older)
        // Crash records of another ledger say nothing.
        #expect(file.beginning(mark, LedgerPosition(ledger: "00000000", seq: 701)) == .complete)
    }

    @Test func anotherFileOfTheSameLedgerIsACopy() {
        #expect(file.beginning(nil, nil) == .copied)
        #expect(file.beginning(marked { $0.inode = 6 }, nil) == .copied)
        #expect(file.beginning(marked { $0.nonce = "m" }, nil) == .copied)
        #expect(with { $0.isCopy = true }.beginning(mark, LedgerPosition(ledger: "1ed9e000", seq: 1)) == .copied)
    }

    @Test func afterAPowerFailureNumbersGoOnAboveTheReservedOnes() {
        let before = marked { $0.boot = "a" }
        #expect(file.beginning(before, nil) == .skipping(to: 66_000))
        // Which boot it is may be unknown.
        #expect(with { $0.boot = "" }.beginning(marked { $0.boot = "" }, nil) == .skipping(to: 66_000))
        // It was closed, and the machine stopped in order.
        #expect(with { $0.reserved = 700 }.beginning(marked { ($0.boot, $0.reserved) = ("a", 700) }, nil) == .complete)
        // A reservation is never lost, so this is another state of the file.
        #expect(with { $0.reserved = 700 }.beginning(before, nil) == .older)
    }

    @Test func withoutExtendedAttributesOnlyAClosedFileIsComplete() {
        #expect(with { $0.nonce = nil }.beginning(nil, nil) == .skipping(to: 66_000))
        #expect(with { ($0.nonce, $0.reserved) = (nil, 700) }.beginning(nil, nil) == .complete)
    }

    @Test func aFileOfAVersionThatReservedNothingIsCompleteIfItWasClosed() {
        #expect(with { ($0.nonce, $0.reserved, $0.hasLog) = (nil, nil, false) }.beginning(nil, nil) == .complete)
        let above = UInt64(700 + LedgerLimits.reservedNumbers)
        #expect(with { ($0.nonce, $0.reserved) = (nil, nil) }.beginning(nil, nil) == .skipping(to: above))
        // A planned restart from such a version, and an earlier kill.
        let unknown = LedgerPosition(ledger: "", seq: 0)
        #expect(with { ($0.nonce, $0.reserved) = (nil, nil) }.beginning(nil, unknown) == .complete)
        // It was used by such a version after one that reserved numbers.
        #expect(
            with { $0.reserved = 600 }.beginning(marked { ($0.boot, $0.reserved) = ("a", 600) }, nil)
                == .skipping(to: above))
    }
}
