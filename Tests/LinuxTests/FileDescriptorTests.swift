import Glibc
import Linux
import Testing

@Suite struct FileDescriptorTests {
    /// The two ends of a pipe: its reader sees an end of file when the writing end is closed.
    private func makePipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return (ends[0], ends[1])
    }

    private func isAtEnd(_ reader: borrowing FileDescriptor) -> Bool {
        var byte: UInt8 = 0
        return unsafe read(reader.number, &byte, 1) == 0
    }

    @Test func aDescriptorIsClosedWithItsOwner() throws {
        let ends = try makePipe()
        let reader = FileDescriptor(owning: ends.reader)
        do {
            let writer = FileDescriptor(owning: ends.writer)
            let isAtEnd = isAtEnd(reader)
            #expect(!isAtEnd && writer.number == ends.writer)
        }
        let isAtEnd = isAtEnd(reader)
        #expect(isAtEnd)
    }

    @Test func aReleasedDescriptorStaysOpen() throws {
        let ends = try makePipe()
        let reader = FileDescriptor(owning: ends.reader)
        let writer = FileDescriptor(owning: ends.writer).release()
        let isAtEnd = isAtEnd(reader)
        #expect(!isAtEnd && writer == ends.writer)
        close(writer)
    }
}
