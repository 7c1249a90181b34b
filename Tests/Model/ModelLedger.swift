// The simplest ledger: an array, and queries that look at all of it. It specifies the real ledger's behaviour, and takes its place in
// tests of the pure libraries.

package import Chat

package struct ModelLedger: Sendable {
    package private(set) var log: [Committed] = []
    package private(set) var seq: UInt64 = 0
    package private(set) var floor: UInt64 = 0
    /// Numbers up to this one may be given out; that is durable before the first of them is.
    package private(set) var reserved: UInt64 = 0
    /// How many numbers are reserved at once.
    package static let block: UInt64 = 16
    package private(set) var users: [KnownUser] = []
    package private(set) var devices: [KnownDevice] = []
    package private(set) var bots: [KnownBot] = []
    package private(set) var noticed: UInt64 = 0
    package private(set) var sanctions: [Sanction] = []
    private var topics: [String: RoomTopic] = [:]
    /// Read positions with the sequence numbers of their entries.
    private var positions: [Committed] = []
    package let name: String
    /// Whether repeated messages are recognized; false for a planted fault.
    package var knowsRepeats = true
    /// Whether deletions take effect; false for a planted fault.
    package var deletes = true
    /// Whether edits take effect; false for a planted fault.
    package var edits = true
    /// The committed messages by their user and id.
    private var accepted: [String: Committed] = [:]

    package init(name: String = "1ed9e000") { self.name = name }

    package enum Result: Equatable, Sendable {
        case committed(Committed)
        case repeated(Committed)
        case rejected(Rejection)
    }

    package mutating func commit(_ entry: Entry) -> Result {
        let key = key(entry)
        if knowsRepeats, let key, let first = accepted[key] { return .repeated(current(first)) }
        var entry = entry
        if let target = entry.target {
            do {
                entry = try entry.checked(against: log.first { $0.seq == target })
            } catch {
                return .rejected(error)
            }
        }
        if case .read(let position) = entry, !isNewer(position) { return .rejected(.unchanged(position.upTo)) }
        seq += 1
        if seq > reserved { reserved = seq + ModelLedger.block }
        let committed = Committed(seq: seq, entry: entry)
        if case .read(let position) = entry {
            positions = positions.filter { !isSame($0, position) } + [committed]
            return .committed(committed)
        }
        log.append(committed)
        if let key { accepted[key] = committed }
        fold(committed)
        return .committed(committed)
    }

    /// The power fails, and the disk has an earlier state, in which the newest commits are missing.
    /// - Parameter skips: whether numbers go on above those that are reserved; false for a planted fault.
    package mutating func lose(since earlier: ModelLedger, skips: Bool = true) {
        let (reserved, floor) = (reserved, floor)
        self = earlier
        if skips { (seq, self.reserved) = (reserved, reserved) }
        forget(upTo: floor)
    }

    /// Deletes everything up to a number.
    package mutating func forget(upTo seq: UInt64) {
        floor = max(floor, min(seq, self.seq))
        for committed in log where committed.seq <= floor { key(committed.entry).map { accepted[$0] = nil } }
        log.removeAll { $0.seq <= floor }
    }

    /// - Returns: what a starting daemon gets.
    /// - Parameter recent: the number of newest events.
    package func snapshot(recent count: Int = ChatLimits.recentMessages) -> Snapshot {
        let messages = log.filter { $0.entry.hasEvent && !current($0).entry.isDeleted }
        let recent = messages.suffix(count).map(current)
        let after = recent.count == messages.count ? floor : messages[messages.count - recent.count - 1].seq
        return Snapshot(
            ledger: name, seq: seq, retentionFloor: floor, users: users, devices: devices, recent: recent,
            recentAfter: after,
            newestNotice: noticed,
            sanctions: sanctions, newestRead: positions.last?.seq ?? 0,
            topics: topics.values.sorted { $0.room < $1.room }, bots: bots)
    }

    package func answer(_ query: Query) -> Answer {
        switch query {
        case .page(let place, let before, let limit):
            let all = log.filter { $0.seq < before && isIn(place, $0.entry) }
            return .entries(Array(all.suffix(limit)), more: all.count > limit)
        case .after(let room, let after, let limit):
            let all = log.filter { $0.seq > after && isIn(.room(room), $0.entry) }
            return .entries(Array(all.prefix(limit)), more: all.count > limit)
        case .missed(let user, let rooms, let after, let upTo, let limit, let most):
            let all = log.filter {
                $0.seq > after && $0.seq <= upTo && isMissed($0.entry, user, rooms) && !current($0).entry.isDeleted
            }
            return after < floor || all.count > most
                ? .tooMany : .entries(all.prefix(limit).map(current), more: all.count > limit)
        case .positions(let user, let after):
            let all = positions.filter { $0.seq > after && position($0)?.user == user }
            return .entries(all, more: false)
        case .search(let words, let user, let rooms, let privates, let before, let limit):
            let wanted = words.lowercased().split(separator: " ")
            let all = log.reversed().filter { committed in
                let isVisible =
                    switch privates {
                    case .none: isIn(rooms, committed.entry)
                    case .all: isIn(rooms, committed.entry) || isIn(.privates(user), committed.entry)
                    case .with(let peer):
                        isIn(rooms, committed.entry) || isIn(.conversation(user, peer), committed.entry)
                    }
                return committed.seq < before && isVisible && has(wanted, committed.entry)
            }
            return .entries(Array(all.prefix(limit)), more: all.count > limit)
        }
    }

    private mutating func fold(_ committed: Committed) {
        switch committed.entry {
        case .message, .read: break
        case .private(let message):
            for index in users.indices where users[index].id == message.user || users[index].id == message.peer {
                users[index].newestPrivate = committed.seq
            }
        case .claim(let claim):
            let id = UserID(committed.seq)
            users.append(KnownUser(id: id, name: claim.name, seen: claim.at, newestPrivate: 0, subject: claim.subject))
            if let grant = claim.bot { bots.append(KnownBot(user: id, grant: grant)) }
            if let token = claim.token {
                devices.append(
                    KnownDevice(
                        user: id, id: committed.seq, token: token, created: claim.at, seen: claim.at,
                        label: claim.label))
            }
        case .rename(let id, let name):
            for index in users.indices where users[index].id == id {
                let old = users[index].name
                var former = users[index].formerNames.filter { $0.name != old }
                // The entry has no time. No reservation ends in a test that uses this model.
                former.append(FormerName(name: old, since: .max))
                users[index].formerNames = former.filter { $0.name != name }.suffix(ChatLimits.formerNames)
                users[index].name = name
            }
        case .seen(let id, let at, let device):
            for index in users.indices where users[index].id == id { users[index].seen = at }
            for index in devices.indices where devices[index].user == id && devices[index].id == device ?? id.number {
                devices[index].seen = at
            }
        case .release(let id):
            users.removeAll { $0.id == id }
            bots.removeAll { $0.user == id }
            positions = positions.filter { position($0)?.user != id }
            devices.removeAll { $0.user == id }
            sanctions.removeAll { $0.subject.user == id }
        case .device(let new):
            devices.removeAll { $0.user == new.user && $0.id == new.replaces }
            guard let index = users.firstIndex(where: { $0.id == new.user }) else { return }
            if let code = new.recovery, users[index].recovery == code { users[index].recovery = nil }
            let after = devices.firstIndex { $0.user.number > new.user.number } ?? devices.count
            devices.insert(
                KnownDevice(
                    user: new.user, id: committed.seq, token: new.token, created: new.at, seen: new.at,
                    label: new.label),
                at: after)
        case .signOut(let id, let gone): devices.removeAll { $0.user == id && gone.contains($0.id) }
        case .status(let id, let text):
            for index in users.indices where users[index].id == id { users[index].status = text }
        case .recovery(let id, let code):
            for index in users.indices where users[index].id == id { users[index].recovery = code }
        case .sanction(let sanction):
            if let id = sanction.subject.user, !users.contains(where: { $0.id == id }) { return }
            sanctions = sanctions.filter { $0.subject != sanction.subject } + [sanction]
        case .lift(let subject): sanctions.removeAll { $0.subject == subject }
        case .announcement: noticed = committed.seq
        case .topic(let topic):
            noticed = committed.seq
            topics[topic.room] = topic.title.isEmpty && topic.topic.isEmpty ? nil : topic
        case .change(let change):
            noticed = committed.seq
            guard let index = log.firstIndex(where: { $0.seq == change.message }) else { return }
            switch change.kind {
            case .deletion where !deletes: return
            case .deletion: log[index].entry = emptied(log[index].entry)
            case .edit where !edits: return
            case .edit(let text): log[index].entry = log[index].entry.edited(text, at: change.at)
            case .reaction(let emoji, let isOn):
                guard let user = change.author?.user else { return }
                log[index].entry.details?.reactions.set(emoji, of: user, to: isOn)
            }
            if let key = key(log[index].entry) { accepted[key] = log[index] }
        }
    }

    /// The entry as it is in what users missed: without reactions, which are events, and an edit with the text of now.
    private func current(_ committed: Committed) -> Committed {
        var committed = committed
        committed.entry.details?.reactions = []
        if case .change(var change) = committed.entry {
            change.result = nil
            if case .edit = change.kind { change.kind = .edit(text: text(of: change.message)) }
            committed.entry = .change(change)
        }
        return committed
    }

    private func text(of seq: UInt64) -> String {
        switch log.first(where: { $0.seq == seq })?.entry {
        case .message(let message): message.text
        case .private(let message): message.text
        default: ""
        }
    }

    private func position(_ committed: Committed) -> ReadPosition? {
        if case .read(let position) = committed.entry { position } else { nil }
    }

    private func isSame(_ committed: Committed, _ other: ReadPosition) -> Bool {
        position(committed)?.user == other.user && position(committed)?.place == other.place
    }

    private func isNewer(_ new: ReadPosition) -> Bool {
        !positions.compactMap(position).contains { $0.user == new.user && $0.place == new.place && $0.upTo >= new.upTo }
    }

    /// What is left of a deleted message: its sender and id.
    private func emptied(_ entry: Entry) -> Entry {
        switch entry {
        case .message(var message):
            (message.text, message.room, message.details) = ("", "", MessageDetails())
            return .message(message)
        case .private(var message):
            (message.text, message.details) = ("", MessageDetails())
            return .private(message)
        default: return entry
        }
    }

    private func key(_ entry: Entry) -> String? { entry.sender.map { "\($0.user.number) \($0.id)" } }

    private func isMissed(_ entry: Entry, _ user: UserID, _ rooms: [String]) -> Bool {
        switch entry {
        case .announcement: return true
        case .topic(let topic): return rooms.contains(topic.room)
        case .change(let change):
            switch change.audience {
            case nil: return false
            case .room(let room): return rooms.contains(room)
            case .between(let one, let other, _, _): return [one, other].contains(user)
            }
        default: return isIn(.privates(user), entry) || isIn(rooms, entry)
        }
    }

    private func isIn(_ rooms: [String], _ entry: Entry) -> Bool {
        if case .message(let message) = entry { rooms.contains(message.room) } else { false }
    }

    private func isIn(_ place: Query.Source, _ entry: Entry) -> Bool {
        if entry.isDeleted { return false }
        return switch (place, entry) {
        case (.room(let room), .message(let message)): message.room == room
        case (.conversation(let one, let other), .private(let message)):
            (message.user, message.peer) == (one, other) || (message.user, message.peer) == (other, one)
        case (.privates(let user), .private(let message)): message.user == user || message.peer == user
        default: false
        }
    }

    private func has(_ words: [Substring], _ entry: Entry) -> Bool {
        let text: String
        switch entry {
        case .message(let message): text = message.text
        case .private(let message): text = message.text
        default: return false
        }
        let own = text.lowercased().split(separator: " ")
        return words.allSatisfy { word in own.contains { $0.hasPrefix(word) } }
    }
}
