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
            case topic(room: String, json: [UInt8])
            indirect case change(Change)
        }

        let seq: UInt64
        fileprivate(set) var content: Content

        fileprivate var bytes: Int {
            switch content {
            case .message(_, let json), .topic(_, let json), .announcement(let json): json.count
            case .private(let message): message.text.jsonCount
            case .change(let change): if case .edit(let text) = change.kind { text.jsonCount } else { 0 }
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

    /// Applies a change to the messages, before it is added: what is here no longer has the text of before. The reactions of a
    /// message stay events.
    mutating func apply(_ change: Change) {
        switch change.kind {
        case .reaction: return
        case .deletion: removeChanges(of: change.message) { _ in true }
        case .edit: removeChanges(of: change.message) { if case .edit = $0 { true } else { false } }
        }
        let index = items.partitioningIndex { $0.seq >= change.message }
        guard index < items.count, items[index].seq == change.message else { return }
        bytes -= items[index].bytes
        switch change.result {
        case .message(let message):
            let json = ServerEvent.message(seq: change.message, message).json
            items[index].content = .message(room: message.room, json: json)
        case .private(let message): items[index].content = .private(message)
        default:
            items.remove(at: index)
            return
        }
        bytes += items[index].bytes
    }

    private mutating func removeChanges(of message: UInt64, where matches: (Change.Kind) -> Bool) {
        items.removeAll { item in
            guard case .change(let change) = item.content, change.message == message, matches(change.kind) else {
                return false
            }
            bytes -= item.bytes
            return true
        }
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
