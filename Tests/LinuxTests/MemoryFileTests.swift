import Glibc
import Linux
import Testing

@Suite struct MemoryFileTests {
    @Test func aSealedFileCannotBeWrittenAndHasItsBytes() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let file = try MemoryFile.sealed(bytes, name: "test")
        var byte: UInt8 = 1
        let written = unsafe pwrite(file.number, &byte, 1, 0)
        #expect(written == -1 && errno == EPERM)
        let contents = MemoryFile.contents(of: file)
        #expect(contents == bytes)
    }

    /// Another process could still write it.
    @Test func aFileWithoutSealsIsNotRead() throws {
        let words = try SharedMemory(name: "test", count: 1)
        let file = FileDescriptor(owning: dup(words.descriptor))
        let contents = MemoryFile.contents(of: file)
        #expect(contents == nil)
    }
}
