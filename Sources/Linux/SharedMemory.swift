// Memory that outlives the process: words in a memfd that somebody else keeps a descriptor of. memfd_create(2), mmap(2).

internal import CLinux
internal import Glibc

/// Zero at first; of those that were never written no memory is taken. One thread writes; each word is there as soon as it
/// is stored, whatever becomes of the process. Behind the words the file may hold bytes that are written and read as a file's.
@safe package final class SharedMemory {
    private let file: FileDescriptor
    private let words: UnsafeMutablePointer<UInt64>
    package let count: Int

    /// Makes new ones.
    /// - Parameter name: for people who look into /proc.
    package convenience init(name: String, count: Int) throws(SystemError) {
        let number = unsafe clinux_memory_file(name)
        guard number >= 0 else { throw .last("memfd_create") }
        let file = FileDescriptor(owning: number)
        guard ftruncate(number, count * 8) == 0 else { throw .last("ftruncate") }
        try self.init(mapping: file, count: count)
    }

    /// Takes over those of another process.
    /// - Throws: also where there are fewer.
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
        // Mostly a hole: a core dump must not be full of it.
        _ = unsafe madvise(address, count * 8, MADV_DONTDUMP)
        unsafe words = address.bindMemory(to: UInt64.self, capacity: count)
        self.file = file
        self.count = count
    }

    deinit { unsafe munmap(words, count * 8) }

    /// For others to keep.
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

    /// For the hottest of places: valid as long as the words are.
    func address(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        precondition(index >= 0 && index < count)
        return unsafe words + index
    }

    // MARK: behind the words

    /// Writes bytes of the file.
    /// - Parameter offset: from the end of the words.
    /// - Returns: whether there was room.
    package func write(_ bytes: ArraySlice<UInt8>, behind offset: Int) -> Bool {
        let place = count * 8 + offset
        return retryingOnInterrupt {
            unsafe bytes.withUnsafeBytes { unsafe pwrite(file.number, $0.baseAddress, $0.count, place) }
        }
            == bytes.count
    }

    /// Reads them.
    package func read(_ length: Int, behind offset: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: length)
        let place = count * 8 + offset
        let result = retryingOnInterrupt {
            unsafe bytes.withUnsafeMutableBytes { unsafe pread(file.number, $0.baseAddress, $0.count, place) }
        }
        return result == length ? bytes : nil
    }

    /// Gives the memory of whole pages back: they read as zero.
    package func clear(_ length: Int, behind offset: Int) {
        _ = clinux_punch(file.number, Int64(count * 8 + offset), Int64(length))
    }

    // MARK: texts in words

    /// Puts bytes in, the rest of the last word zero.
    package func store(_ bytes: some Collection<UInt8>, at index: Int) {
        precondition(index >= 0 && index + (bytes.count + 7) / 8 <= count)
        var (place, word, shift) = (index, UInt64(0), UInt64(0))
        for byte in bytes {
            word |= UInt64(byte) << shift
            shift += 8
            if shift == 64 {
                unsafe words[place] = word
                (place, word, shift) = (place + 1, 0, 0)
            }
        }
        if shift > 0 { unsafe words[place] = word }
    }

    /// The bytes that were put in.
    package func load(_ length: Int, at index: Int) -> [UInt8] {
        precondition(index >= 0 && length >= 0 && index + (length + 7) / 8 <= count)
        return (0..<length).map { unsafe UInt8(truncatingIfNeeded: words[index + $0 / 8] >> UInt64($0 % 8 * 8)) }
    }
}
