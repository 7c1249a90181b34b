// A room's newest messages, as every newcomer gets them.

internal import DequeModule

struct RoomHistory {
    private struct Item {
        let seq: UInt64
        let json: [UInt8]
    }

    enum Stage: Equatable {
        case unknown
        /// The ledger has been asked, by the question of this number.
        case reading(UInt64)
        case known
    }

    private var items: Deque<Item> = []
    /// Whether the messages from before this room was opened are in it.
    private(set) var stage = Stage.unknown
    /// Whether the room has older ones; supposed until it is known.
    private var hasOlder = true
    /// Whether some of those that were here had to go.
    private var hasDropped = false
    /// The number of the oldest message that is here.
    var oldest: UInt64? { items.first?.seq }
    /// The number of the newest message of the room; once it is known, 0 for none.
    var newest: UInt64? { stage == .known ? items.last?.seq ?? 0 : nil }
    /// The answer that newcomers get, until there is another message: a crowd gets the same bytes.
    private var answer: [UInt8]?

    mutating func append(_ seq: UInt64, _ json: [UInt8]) {
        items.append(Item(seq: seq, json: json))
        answer = nil
        if items.count > ChatLimits.newestMessages {
            items.removeFirst()
            (hasOlder, hasDropped) = (true, true)
        }
    }

    mutating func beginReading(_ question: UInt64) { stage = .reading(question) }

    /// The ledger could not be read: newcomers get what is here, and the next one tries again.
    mutating func fail() { stage = .unknown }

    /// Puts in what was there before.
    mutating func complete(_ older: [(seq: UInt64, json: [UInt8])], more: Bool) {
        stage = .known
        answer = nil
        let room = ChatLimits.newestMessages - items.count
        hasOlder = hasDropped || more || older.count > room
        for item in older.suffix(max(room, 0)).reversed() { items.prepend(Item(seq: item.seq, json: item.json)) }
    }

    /// A message is deleted.
    mutating func withdraw(_ seq: UInt64) {
        items.removeAll { $0.seq == seq }
        answer = nil
    }

    /// Everything up to this number is deleted.
    mutating func forget(upTo seq: UInt64) {
        while let first = items.first, first.seq <= seq {
            items.removeFirst()
            (hasOlder, answer) = (false, nil)
        }
    }

    /// The newest messages below a number, or nothing where the memory does not reach so far back.
    func page(before: UInt64, limit: Int) -> (messages: [[UInt8]], more: Bool)? {
        guard stage == .known else { return nil }
        let end = items.firstIndex { $0.seq >= before } ?? items.count
        guard end >= limit || !hasOlder else { return nil }
        return cut(end: end, limit: limit)
    }

    /// What a newcomer gets: all that is here, as far as it fits.
    mutating func newcomersAnswer(room: String, gap: Bool, atMost limit: Int) -> [UInt8] {
        let isWhole = limit >= ChatLimits.pageBytes
        if !gap, let answer, isWhole || answer.count <= limit { return answer }
        let (messages, more) = cut(end: items.count, limit: items.count, bytes: limit)
        let json = Event.history(.room(room), before: nil, messages: messages, more: more, gap: gap).json
        if !gap, isWhole { answer = json }
        return json
    }

    private func cut(
        end: Int, limit: Int, bytes most: Int = ChatLimits.pageBytes
    ) -> (messages: [[UInt8]], more: Bool) {
        var start = end
        var bytes = 0
        while start > 0, end - start < limit,
            start == end || bytes + items[start - 1].json.count <= most
        {
            start -= 1
            bytes += items[start].json.count
        }
        return (items[start..<end].map(\.json), start > 0 || hasOlder)
    }
}
