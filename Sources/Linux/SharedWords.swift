// Memory that outlives the process: words in a memfd that somebody else keeps a descriptor of. memfd_create(2), mmap(2).

internal import CLinux
internal import Glibc

/// Zero at first; of those that were never written no memory is taken. One thread writes; each word is there as soon as it
/// is stored, whatever becomes of the process.
@safe package final class SharedWords {
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
    package convenience init(_ file: consuming FileDescriptor) throws(SystemError) {
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else { throw .last("fstat") }
        try self.init(mapping: file, count: Int(status.st_size) / 8)
    }

    private init(mapping file: consuming FileDescriptor, count: Int) throws(SystemError) {
        guard count > 0 else { throw SystemError(code: EINVAL, attempt: "map an empty file") }
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

    /// Sets a run of words to zero, and gives their memory back where it is a page or more.
    package func clear(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        _ = clinux_punch(file.number, Int64(range.lowerBound) * 8, Int64(range.count) * 8)
    }

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
