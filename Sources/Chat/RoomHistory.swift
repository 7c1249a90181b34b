// A room's newest messages, which each newcomer gets.

internal import DequeModule
internal import Primitives

struct RoomHistory {
    private struct StoredMessage {
        let seq: UInt64
        let json: [UInt8]
    }

    /// Whether the messages from before the room was opened are here.
    enum Loading: Equatable {
        case notLoaded
        /// The ledger is asked for them, by the query of this number.
        case reading(UInt64)
        case loaded
    }

    private var messages: Deque<StoredMessage> = []
    private(set) var loading = Loading.notLoaded
    /// Whether the room has older messages; assumed until it is known.
    private var hasOlder = true
    /// Whether messages had to make room for newer ones.
    private var hasDropped = false
    /// The sequence number of the oldest message that is here.
    var oldest: UInt64? { messages.first?.seq }
    /// The sequence number of the room's newest message, 0 for none; nil where it is not known.
    var newest: UInt64? { loading == .loaded ? messages.last?.seq ?? 0 : nil }
    /// The answer for newcomers until the next message: many newcomers at once get the same bytes.
    private var answer: [UInt8]?

    mutating func append(_ seq: UInt64, _ json: [UInt8]) {
        messages.append(StoredMessage(seq: seq, json: json))
        answer = nil
        if messages.count > ChatLimits.newestMessages {
            messages.removeFirst()
            (hasOlder, hasDropped) = (true, true)
        }
    }

    mutating func beginReading(_ query: UInt64) { loading = .reading(query) }

    /// The ledger could not be read. Newcomers get what is here, and the next newcomer causes another query.
    mutating func fail() { loading = .notLoaded }

    /// Adds the messages from before the room was opened.
    /// - Parameter more: whether there are still older ones.
    mutating func complete(_ older: [(seq: UInt64, json: [UInt8])], more: Bool) {
        loading = .loaded
        answer = nil
        let room = ChatLimits.newestMessages - messages.count
        hasOlder = hasDropped || more || older.count > room
        for message in older.suffix(max(room, 0)).reversed() {
            messages.prepend(StoredMessage(seq: message.seq, json: message.json))
        }
    }

    /// Removes a deleted message.
    mutating func delete(_ seq: UInt64) {
        messages.removeAll { $0.seq == seq }
        answer = nil
    }

    /// Removes everything up to a sequence number.
    mutating func forget(upTo seq: UInt64) {
        while let first = messages.first, first.seq <= seq {
            messages.removeFirst()
            (hasOlder, answer) = (false, nil)
        }
    }

    /// - Returns: the newest messages below a number, and whether there are older ones; nil where the ledger has to be asked.
    func page(before: UInt64, limit: Int) -> (messages: [[UInt8]], more: Bool)? {
        guard loading == .loaded else { return nil }
        let end = messages.partitioningIndex { $0.seq >= before }
        guard end >= limit || !hasOlder else { return nil }
        return cut(end: end, limit: limit)
    }

    /// - Returns: the event `history` with as many of the newest messages as fit into `limit` bytes.
    mutating func newcomersAnswer(room: String, gap: Bool, atMost limit: Int) -> [UInt8] {
        let isWhole = limit >= ChatLimits.pageBytes
        if !gap, let answer, isWhole || answer.count <= limit { return answer }
        let (messages, more) = cut(end: messages.count, limit: messages.count, bytes: limit)
        let json = ServerEvent.history(.room(room), before: nil, messages: messages, more: more, gap: gap).json
        if !gap, isWhole { answer = json }
        return json
    }

    private func cut(
        end: Int, limit: Int, bytes most: Int = ChatLimits.pageBytes
    ) -> (messages: [[UInt8]], more: Bool) {
        var start = end
        var bytes = 0
        while start > 0, end - start < limit,
            start == end || bytes + messages[start - 1].json.count <= most
        {
            start -= 1
            bytes += messages[start].json.count
        }
        return (messages[start..<end].map(\.json), start > 0 || hasOlder)
    }
}
