// What the process before has left with the service manager, or handed over when it replaced itself.

internal import Linux

/// A descriptor and its name.
package final class StoredDescriptor {
    let name: String
    private var descriptor: FileDescriptor?

    init(_ descriptor: consuming FileDescriptor, name: String) {
        self.descriptor = consume descriptor
        self.name = name
    }

    /// Whether a name is of something that is kept, and not of a listener.
    static func isOne(_ name: String) -> Bool {
        name == registerName || name == stateName || DescriptorStash.parse(name) != nil
    }

    func take() -> FileDescriptor? { descriptor.take() }

    /// The words in it, where it is memory that is shared.
    func takeWords(_ count: Int) -> SharedMemory? {
        guard let descriptor = take() else { return nil }
        return try? SharedMemory(descriptor, count: count)
    }

    /// What stands in it, where it is a sealed file.
    func contents() -> [UInt8]? {
        switch descriptor {
        case .some(let descriptor): MemoryFile.contents(of: descriptor)
        case .none: nil
        }
    }

    /// Without taking it.
    var number: Int32? {
        switch descriptor {
        case .some(let descriptor): descriptor.number
        case .none: nil
        }
    }

    /// Short names: see `DescriptorStash.name`.
    static let registerName = "r"
    static let stateName = "s"
}

/// All of it.
package struct StoredDescriptors {
    private var kept: [StoredDescriptor] = []

    package init() {}

    mutating func add(_ descriptor: StoredDescriptor) { kept.append(descriptor) }

    var isEmpty: Bool { kept.isEmpty }

    /// The first of that name. Others that have it too are of no use, and are closed with this.
    subscript(name: String) -> StoredDescriptor? { kept.first { $0.name == name } }

    /// The pairs that have both ends; one without the other is of no use.
    func takePairs() -> [(box: UInt32, queue: DescriptorQueue)] {
        let boxes = Set(kept.compactMap { DescriptorStash.parse($0.name)?.box }).sorted()
        return boxes.compactMap { box in
            guard let sender = self[DescriptorStash.name(box, isSender: true)]?.take(),
                let receiver = self[DescriptorStash.name(box, isSender: false)]?.take()
            else { return nil }
            return (box, DescriptorQueue(sender: sender, receiver: receiver))
        }
    }
}

/// Who keeps descriptors for the next process, under names.
package struct DescriptorStore {
    /// Whether they are kept whatever becomes of this process.
    let isLasting: Bool
    private let adding: (Int32, String) -> Void
    private let removing: (String) -> Void

    init(
        isLasting: Bool, add: @escaping (_ number: Int32, _ name: String) -> Void,
        remove: @escaping (_ name: String) -> Void
    ) {
        self.isLasting = isLasting
        adding = add
        removing = remove
    }

    func add(_ number: Int32, _ name: String) { adding(number, name) }

    func add(_ kept: StoredDescriptor) {
        if let number = kept.number { adding(number, kept.name) }
    }

    /// All of that name.
    func remove(_ name: String) { removing(name) }
}
