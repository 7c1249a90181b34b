// The newest events of all rooms and users in the ledger's order, for clients that come back soon.

internal import DequeModule
internal import Primitives

struct ReplayBuffer {
    struct Item {
        /// Events that contain users' names are encoded when they are sent, with the names of that moment.
        enum Content {
            case message(room: String, json: [UInt8])
            indirect case `private`(PrivateMessage)
            case announcement(json: [UInt8])
            indirect case deletion(Deletion)
        }

        let seq: UInt64
        let content: Content

        fileprivate var bytes: Int {
            switch content {
            case .message(_, let json), .announcement(let json): json.count
            case .private(let message): message.text.jsonCount
            case .deletion: 0
            }
        }
    }

    private(set) var items: Deque<Item> = []
    /// The buffer has every event with a number above this one.
    private(set) var after: UInt64
    private var bytes = 0

    init(after: UInt64) { self.after = after }

    /// Adds the newest event, and drops the oldest ones over the limits.
    mutating func append(_ seq: UInt64, _ content: Item.Content) {
        let item = Item(seq: seq, content: content)
        items.append(item)
        bytes += item.bytes
        while items.count > ChatLimits.recentMessages || bytes > ChatLimits.recentBytes { removeFirst() }
    }

    /// Removes a deleted message.
    mutating func delete(_ seq: UInt64) {
        let index = items.partitioningIndex { $0.seq >= seq }
        guard index < items.count, items[index].seq == seq else { return }
        bytes -= items.remove(at: index).bytes
    }

    /// Removes everything up to a sequence number.
    mutating func forget(upTo seq: UInt64) {
        while let first = items.first, first.seq <= seq { removeFirst() }
        after = max(after, seq)
    }

    private mutating func removeFirst() {
        let item = items.removeFirst()
        bytes -= item.bytes
        after = item.seq
    }
}
