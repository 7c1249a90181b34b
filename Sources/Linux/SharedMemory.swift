// Memory that outlives the process: a memfd, of which another process keeps a descriptor. memfd_create(2), mmap(2).

internal import CLinux
internal import Glibc

/// An array of words, all zero at first, mapped from a file in memory. Pages that were never written take no memory. Only
/// one thread may write. A stored word survives a crash at once. Behind the words the file has bytes, read and written by
/// offset.
@safe package final class SharedMemory {
    private let file: FileDescriptor
    private let words: UnsafeMutablePointer<UInt64>
    package let count: Int

    /// Makes a new file.
    /// - Parameters:
    ///   - name: shown in /proc/PID/fd, for debugging.
    ///   - count: the number of words, of 8 bytes each.
    /// - Throws: where there is no descriptor or memory left.
    package convenience init(name: String, count: Int) throws(SystemError) {
        let number = unsafe clinux_memory_file(name)
        guard number >= 0 else { throw .last("memfd_create") }
        let file = FileDescriptor(owning: number)
        guard ftruncate(number, count * 8) == 0 else { throw .last("ftruncate") }
        try self.init(mapping: file, count: count)
    }

    /// Takes over the file of an earlier process.
    /// - Throws: EINVAL where the file has fewer words; else where it can't be mapped (mmap(2)).
    package convenience init(_ file: consuming FileDescriptor, count: Int) throws(SystemError) {
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else { throw .last("fstat") }
        guard Int(status.st_size) >= count * 8 else {
            throw SystemError(code: EINVAL, attempt: "map a file that is too short")
        }
        try self.init(mapping: file, count: count)
    }

    private init(mapping file: consuming FileDescriptor, count: Int) throws(SystemError) {
        let address = unsafe mmap(nil, count * 8, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else { throw .last("mmap") }
        // Keeps the memory, which is mostly unused, out of core dumps. madvise(2)
        _ = unsafe madvise(address, count * 8, MADV_DONTDUMP)
        unsafe words = address.bindMemory(to: UInt64.self, capacity: count)
        self.file = file
        self.count = count
    }

    deinit { unsafe munmap(words, count * 8) }

    /// The file's descriptor, which another process may keep.
    package var descriptor: Int32 { file.number }

    package subscript(index: Int) -> UInt64 {
        get {
            precondition(index >= 0 && index < count)
            return unsafe words[index]
        }
        set {
            precondition(index >= 0 && index < count)
            unsafe words[index] = newValue
        }
    }

    /// The address of a word, for the broadcast loop. Valid as long as this object.
    func address(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        precondition(index >= 0 && index < count)
        return unsafe words + index
    }

    // MARK: Bytes behind the words

    /// Writes bytes.
    /// - Parameter offset: in bytes from the end of the words.
    /// - Returns: whether all were written.
    package func write(_ bytes: ArraySlice<UInt8>, behind offset: Int) -> Bool {
        let position = count * 8 + offset
        let result = retryingOnInterrupt {
            unsafe bytes.withUnsafeBytes { unsafe pwrite(file.number, $0.baseAddress, $0.count, position) }
        }
        return result == bytes.count
    }

    /// Reads bytes; nil where the file has fewer.
    /// - Parameter offset: in bytes from the end of the words.
    package func read(_ length: Int, behind offset: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: length)
        let position = count * 8 + offset
        let result = retryingOnInterrupt {
            unsafe bytes.withUnsafeMutableBytes { unsafe pread(file.number, $0.baseAddress, $0.count, position) }
        }
        return result == length ? bytes : nil
    }

    /// Zeroes bytes, and returns the memory of whole pages to the kernel.
    package func clear(_ length: Int, behind offset: Int) {
        _ = clinux_punch(file.number, Int64(count * 8 + offset), Int64(length))
    }

    // MARK: Bytes in the words

    /// Stores bytes from the word of this index on. The rest of the last word becomes zero.
    package func store(_ bytes: some Collection<UInt8>, at index: Int) {
        precondition(index >= 0 && index + (bytes.count + 7) / 8 <= count)
        var (position, word, shift) = (index, UInt64(0), UInt64(0))
        for byte in bytes {
            word |= UInt64(byte) << shift
            shift += 8
            if shift == 64 {
                unsafe words[position] = word
                (position, word, shift) = (position + 1, 0, 0)
            }
        }
        if shift > 0 { unsafe words[position] = word }
    }

    /// Loads bytes that `store` has stored.
    package func load(_ length: Int, at index: Int) -> [UInt8] {
        precondition(index >= 0 && length >= 0 && index + (length + 7) / 8 <= count)
        return (0..<length).map { unsafe UInt8(truncatingIfNeeded: words[index + $0 / 8] >> UInt64($0 % 8 * 8)) }
    }
}
