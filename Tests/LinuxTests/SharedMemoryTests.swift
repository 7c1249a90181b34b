import Glibc
import Linux
import Testing

@Suite struct SharedMemoryTests {
    @Test func wordsAreSeenByTheNextProcessThatMapsThem() throws {
        let words = try SharedMemory(name: "test", count: 1 << 20)
        #expect(words[0] == 0 && words[(1 << 20) - 1] == 0)
        words[3] = 42
        words.store(Array("A text of some length".utf8), at: 100)
        let next = try SharedMemory(FileDescriptor(owning: dup(words.descriptor)), count: 1 << 20)
        #expect(next.count == 1 << 20 && next[3] == 42)
        #expect(String(decoding: next.load(21, at: 100), as: UTF8.self) == "A text of some length")
        next[3] = 43
        #expect(words[3] == 43)
        #expect(words.write([1, 2, 3], behind: 8_192))
        #expect(next.read(3, behind: 8_192) == [1, 2, 3] && next.read(3, behind: 8_193) == nil)
        words.clear(4_096, behind: 8_192)
        #expect(next.read(3, behind: 8_192) == [0, 0, 0] && next[3] == 43)
    }

    /// Pages that were never written, or were cleared.
    @Test func unusedPagesTakeNoMemory() throws {
        let words = try SharedMemory(name: "test", count: 1 << 24)
        var status = stat()
        #expect(unsafe fstat(words.descriptor, &status) == 0 && status.st_blocks == 0)
        for index in stride(from: 0, to: 512 * 16, by: 512) { words[index] = 1 }
        #expect(unsafe fstat(words.descriptor, &status) == 0 && status.st_blocks == 16 * 8)
        #expect(words.write([1], behind: 1 << 30))
        #expect(unsafe fstat(words.descriptor, &status) == 0 && status.st_blocks == 17 * 8)
        words.clear(131_072, behind: 1 << 30)
        #expect(unsafe fstat(words.descriptor, &status) == 0 && status.st_blocks == 16 * 8)
    }

    @Test func aFileThatIsTooShortIsRefused() throws {
        let file = try MemoryFile.sealed([UInt8](repeating: 0, count: 79), name: "test")
        let number = dup(file.number)
        #expect(throws: SystemError.self) { try SharedMemory(FileDescriptor(owning: number), count: 10) }
    }
}
