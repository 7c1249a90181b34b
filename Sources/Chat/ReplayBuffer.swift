// The newest messages of all places, in the one order, for those that come back soon.

internal import DequeModule
internal import Primitives

struct ReplayBuffer {
    struct Item {
        enum Place {
            case room(String)
            /// Written when it is sent, for the names are those of then.
            indirect case `private`(PrivateMessage)
            /// An announcement.
            case everywhere
            /// Written when it is sent, too.
            indirect case deletion(Deletion)
        }

        let seq: UInt64
        let place: Place
        /// The event, where it is not written when it is sent.
        let json: [UInt8]

        fileprivate var bytes: Int {
            if case .private(let message) = place { message.text.utf8.count } else { json.count }
        }
    }

    private(set) var items: Deque<Item> = []
    /// It has all that there is above this number.
    private(set) var after: UInt64
    private var bytes = 0

    init(after: UInt64) { self.after = after }

    mutating func append(_ item: Item) {
        items.append(item)
        bytes += item.bytes
        while items.count > ChatLimits.recentMessages || bytes > ChatLimits.recentBytes { removeFirst() }
    }

    /// Drops a message.
    mutating func withdraw(_ seq: UInt64) {
        let index = index(after: seq - 1)
        guard index < items.count, items[index].seq == seq else { return }
        bytes -= items.remove(at: index).bytes
    }

    /// Drops everything up to a number.
    mutating func forget(upTo seq: UInt64) {
        while let first = items.first, first.seq <= seq { removeFirst() }
        after = max(after, seq)
    }

    /// The place of the first item above a number.
    func index(after seq: UInt64) -> Int { items.partitioningIndex { $0.seq > seq } }

    private mutating func removeFirst() {
        let item = items.removeFirst()
        bytes -= item.bytes
        after = item.seq
    }
}
