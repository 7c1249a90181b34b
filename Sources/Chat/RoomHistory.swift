// A room's newest messages, which each newcomer gets: a copy of what the ledger has, bounded in bytes. The messages of a room that is
// little used may be evicted. The next newcomer's are then read from the ledger.

internal import DequeModule
internal import Primitives

struct RoomHistory {
    /// A message as it is in memory.
    struct StoredMessage {
        let seq: UInt64
        /// The event without reactions.
        var json: [UInt8]
        var reactions: [Reaction] = []

        fileprivate var bytes: Int {
            json.count + ChatLimits.messageOverhead + reactions.jsonBytes
        }

        /// The event as a page of history has it.
        fileprivate var event: [UInt8] { reactions.isEmpty ? json : json.adding(reactions) }
    }

    /// Whether the messages from before the room was opened, or evicted, are here.
    enum Loading: Equatable {
        case notLoaded
        /// The ledger is asked for them, by the query of this number.
        case reading(UInt64)
        case loaded
    }

    private var messages: Deque<StoredMessage> = []
    private var messageBytes = 0
    private(set) var loading = Loading.notLoaded
    /// Whether the room has older messages; assumed until it is known.
    private var hasOlder = true
    /// Whether messages had to make room for newer ones.
    private var hasDropped = false
    /// Whether a message was added or read since the last `evict`.
    private var isUsed = false
    /// The sequence number of the oldest message that is here.
    var oldest: UInt64? { messages.first?.seq }
    /// The sequence number of the room's newest message, 0 for none; nil where it is not known.
    var newest: UInt64? { loading == .loaded ? messages.last?.seq ?? 0 : nil }
    /// The answer for newcomers until the next message: many newcomers at once get the same bytes.
    private var answer: [UInt8]?

    /// What it takes in memory.
    var bytes: Int { messageBytes + (answer?.count ?? 0) }

    mutating func append(_ seq: UInt64, _ json: [UInt8]) {
        insert(StoredMessage(seq: seq, json: json), at: messages.count)
        isUsed = true
        while messages.count > ChatLimits.newestMessages
            || messages.count > 1 && messageBytes > ChatLimits.roomHistoryBytes
        {
            removeFirst()
            (hasOlder, hasDropped) = (true, true)
        }
    }

    mutating func beginReading(_ query: UInt64) { loading = .reading(query) }

    /// The ledger could not be read. Newcomers get what is here, and the next newcomer causes another query.
    mutating func fail() { loading = .notLoaded }

    /// Adds the messages from before the room was opened.
    /// - Parameter more: whether there are still older ones.
    mutating func complete(_ older: [StoredMessage], more: Bool) {
        loading = .loaded
        (hasOlder, isUsed) = (hasDropped || more, true)
        for message in older.reversed() {
            guard messages.count < ChatLimits.newestMessages,
                messages.isEmpty || messageBytes + message.bytes <= ChatLimits.roomHistoryBytes
            else {
                hasOlder = true
                break
            }
            insert(message, at: 0)
        }
    }

    mutating func apply(_ change: Change) {
        let index = messages.partitioningIndex { $0.seq >= change.message }
        guard index < messages.count, messages[index].seq == change.message else { return }
        answer = nil
        messageBytes -= messages[index].bytes
        switch change.kind {
        case .deletion:
            messages.remove(at: index)
            return
        case .edit:
            guard case .message(let message) = change.result else { break }
            messages[index].json = ServerEvent.message(seq: change.message, message).json
        case .reaction(let emoji, let isOn):
            guard let user = change.author?.user else { break }
            messages[index].reactions.set(emoji, of: user, to: isOn)
        }
        messageBytes += messages[index].bytes
    }

    /// Removes everything up to a sequence number.
    mutating func forget(upTo seq: UInt64) {
        while let first = messages.first, first.seq <= seq {
            removeFirst()
            hasOlder = false
        }
    }

    /// Drops everything, unless it was used since the last call, or newcomers wait for it.
    mutating func evict() {
        if case .reading = loading { return }
        if isUsed { isUsed = false } else { self = RoomHistory() }
    }

    /// - Returns: the newest messages below a number, and whether there are older ones; nil where the ledger has to be asked.
    func page(before: UInt64, limit: Int) -> (messages: [[UInt8]], more: Bool)? {
        guard loading == .loaded else { return nil }
        let end = messages.partitioningIndex { $0.seq >= before }
        // A page that its bytes end may be shorter than the limit.
        let (page, more) = cut(end: end, limit: limit, bytes: ChatLimits.frameBytes)
        guard end >= limit || page.count < end || !hasOlder else { return nil }
        return (page, more)
    }

    /// - Returns: the event `history` with as many of the newest messages as fit into `limit` bytes, but at least one.
    mutating func newcomersAnswer(room: String, gap: Bool, atMost limit: Int) -> [UInt8] {
        isUsed = true
        let isWhole = limit >= ChatLimits.frameBytes
        if !gap, let answer, isWhole || answer.count <= limit { return answer }
        let (messages, more) = cut(end: messages.count, limit: messages.count, bytes: limit)
        let json = ServerEvent.history(.room(room), before: nil, messages: messages, more: more, gap: gap).json
        if !gap, isWhole { answer = json }
        return json
    }

    private func cut(end: Int, limit: Int, bytes most: Int) -> (messages: [[UInt8]], more: Bool) {
        let start = max(end - limit, 0)
        let page = messages[start..<end].map(\.event).newest(atMost: most)
        return (page, page.count < end || hasOlder)
    }

    private mutating func insert(_ message: StoredMessage, at index: Int) {
        messages.insert(message, at: index)
        messageBytes += message.bytes
        answer = nil
    }

    private mutating func removeFirst() {
        messageBytes -= messages.removeFirst().bytes
        answer = nil
    }
}

extension [[UInt8]] {
    /// - Returns: as many of the first as fit into the bytes, but at least one.
    func first(atMost bytes: Int) -> [[UInt8]] {
        var sum = 0
        let end = firstIndex { json in
            sum += json.count
            return sum > bytes
        }
        return end.map { Array(prefix(Swift.max($0, 1))) } ?? self
    }

    /// - Returns: as many of the last as fit into the bytes, but at least one.
    func newest(atMost bytes: Int) -> [[UInt8]] { reversed().first(atMost: bytes).reversed() }
}
