// What the process before has left with the service manager, or handed over when it replaced itself.

package import Linux
package import Systemd

/// A descriptor and its name in the descriptor store.
package final class StoredDescriptor {
    package let name: String
    private var descriptor: FileDescriptor?

    package init(_ descriptor: consuming FileDescriptor, name: String) {
        self.descriptor = consume descriptor
        self.name = name
    }

    /// Whether a name is one of those that this room gives, and not that of a listener.
    package static func isName(_ name: String) -> Bool {
        name == crashRecordsName || name == restartStateName || DescriptorStash.parse(name) != nil
    }

    /// Gives up the descriptor; nil where that was done before.
    package func take() -> FileDescriptor? { descriptor.take() }

    /// Takes the descriptor as shared memory.
    /// - Returns: nil where it is not one of at least `count` words.
    package func takeMemory(_ count: Int) -> SharedMemory? {
        guard let descriptor = take() else { return nil }
        return try? SharedMemory(descriptor, count: count)
    }

    /// The contents of a sealed memory file; nil for anything else.
    package func contents() -> [UInt8]? {
        switch descriptor {
        case .some(let descriptor): MemoryFile.contents(of: descriptor)
        case .none: nil
        }
    }

    /// The descriptor's number, without taking it.
    package var number: Int32? {
        switch descriptor {
        case .some(let descriptor): descriptor.number
        case .none: nil
        }
    }

    /// Names are short: all together have to fit into one environment variable (128 KiB, execve(2)).
    package static let crashRecordsName = "r"
    package static let restartStateName = "s"
}

/// All descriptors that the process before has left.
package struct StoredDescriptors {
    private var all: [StoredDescriptor] = []

    package init() {}

    package mutating func add(_ descriptor: StoredDescriptor) { all.append(descriptor) }

    package var isEmpty: Bool { all.isEmpty }

    /// The first of that name. Further ones of the same name are closed with this value.
    package subscript(name: String) -> StoredDescriptor? { all.first { $0.name == name } }

    /// Takes the pairs that have both ends, by their numbers.
    package func takePairs() -> [(pair: UInt32, queue: DescriptorQueue)] {
        let numbers = Set(all.compactMap { DescriptorStash.parse($0.name)?.pair }).sorted()
        return numbers.compactMap { number in
            guard let sender = self[DescriptorStash.name(number, isSender: true)]?.take(),
                let receiver = self[DescriptorStash.name(number, isSender: false)]?.take()
            else { return nil }
            return (number, DescriptorQueue(sender: sender, receiver: receiver))
        }
    }
}

/// Keeps descriptors for the next process, under names.
package struct DescriptorStore {
    /// Whether the descriptors are kept when this process crashes.
    package let isLasting: Bool
    private let adding: (Int32, String) -> Void
    private let removing: (String) -> Void
    private let storing: (String) -> Bool

    /// - Parameters:
    ///   - add: the descriptor stays open until it is removed.
    ///   - isStored: whether the descriptor of a name, which was added, is known to be kept.
    package init(
        isLasting: Bool, add: @escaping (_ number: Int32, _ name: String) -> Void,
        remove: @escaping (_ name: String) -> Void, isStored: @escaping (_ name: String) -> Bool = { _ in true }
    ) {
        self.isLasting = isLasting
        adding = add
        removing = remove
        storing = isStored
    }

    /// The service manager's (systemd.service(5), FileDescriptorStoreMax=); without one nothing is kept.
    package static func serviceManager(_ notifications: Notifications) -> DescriptorStore {
        DescriptorStore(
            isLasting: notifications.hasManager, add: { notifications.store($0, name: $1) },
            remove: { notifications.discard($0) }, isStored: { notifications.isStored($0) })
    }

    package func add(_ number: Int32, _ name: String) { adding(number, name) }

    package func add(_ stored: StoredDescriptor) {
        if let number = stored.number { adding(number, stored.name) }
    }

    /// Whether the descriptor of this name is known to be kept.
    func isStored(_ name: String) -> Bool { storing(name) }

    /// Removes all of that name.
    package func remove(_ name: String) { removing(name) }
}
