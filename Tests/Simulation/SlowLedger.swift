// The ledger as the daemon sees it: entries go in, and come out late, in batches, or not at all; questions are answered in
// any order. What was committed survives a crash, told or not; a power failure loses the newest commits.

import Chat
import Host
import Model

final class SlowLedger {
    private(set) var disk = ModelLedger()
    /// All that was ever committed, with what was deleted since.
    private(set) var everything: [Committed] = []
    /// The place in `everything` of each number.
    private var places: [UInt64: Int] = [:]
    /// The texts that edited messages have had, the newest last.
    private(set) var texts: [UInt64: [String]] = [:]
    /// What a power failure has lost.
    private(set) var lost: Set<UInt64> = []
    /// What is on the disk, and not only in the kernel's memory.
    private var synced: ModelLedger?
    private let profile: Profile
    private let dice: Dice
    private let findings: Findings
    private var entries: [(entry: Entry, origin: SessionID?)] = []
    private var questions: [(number: UInt64, query: Query)] = []
    /// What the writer has done and not handed out yet, and what is handed out.
    private var done: [LedgerOutcome] = []
    private var handed: [LedgerOutcome] = []
    /// Answers that were read and are not handed out yet: by then more may have happened.
    private var read: [LedgerOutcome] = []
    /// Questions so far.
    private(set) var asked = 0
    /// No faults any more.
    var isHealthy = false

    init(_ profile: Profile, _ dice: Dice, _ findings: Findings) {
        self.profile = profile
        self.dice = dice
        self.findings = findings
        disk.knowsRepeats = profile.fault != .noDeduplication
        disk.deletes = profile.fault != .keptWithdrawals
        disk.edits = profile.fault != .keptTexts
    }

    var isIdle: Bool { isWritten && questions.isEmpty && read.isEmpty }

    /// Whether all entries have come out.
    var isWritten: Bool { entries.isEmpty && done.isEmpty && handed.isEmpty }

    /// The daemon that has asked is gone.
    func forgetQuestions() { (questions, read) = ([], []) }

    subscript(seq: UInt64) -> Entry? { places[seq].map { everything[$0].entry } }

    func append(_ entry: Entry, from origin: SessionID?) { entries.append((entry, origin)) }

    func read(_ number: UInt64, _ query: Query) {
        asked += 1
        questions.append((number, query))
    }

    func takeOutcomes() -> [LedgerOutcome] {
        defer { handed = [] }
        return handed
    }

    /// The threads get some time.
    func step() {
        if profile.powerFailures > 0, dice.permille(100) { synced = disk }
        let writes = isHealthy || dice.permille(profile.ledgerPace)
        if writes { commitSome() }
        if !isHealthy, dice.permille(profile.deletions), disk.seq > disk.floor {
            // Half of the time all but the newest few.
            let some = UInt64(dice.below(Int(disk.seq - disk.floor)))
            disk.forget(upTo: dice.permille(500) ? disk.floor + some : disk.seq - min(disk.seq, UInt64(dice.below(6))))
            done.append(.forgotten(upTo: disk.floor))
            findings.note("ledger: deleted up to \(disk.floor)")
            findings.took(.forgotten)
        }
        // The writer hands out after it has committed: the reader may see what it did before the chat does.
        if isHealthy || dice.permille(700) {
            handed += done
            done = []
        }
        if isHealthy || dice.permille(150) {
            handed += read
            read = []
        }
        while !questions.isEmpty, isHealthy || dice.permille(profile.ledgerPace) { answerOne() }
    }

    /// Only what was committed is left, and some of what was on the way.
    func crash() {
        if dice.permille(500) { commitSome() }
        (entries, questions, done, handed, read) = ([], [], [], [], [])
    }

    /// Also what was committed since the last write to the disk is gone.
    /// - Returns: that.
    func losePower() -> [Committed] {
        crash()
        let earlier = synced ?? emptied(disk)
        disk.lose(since: earlier, skips: profile.fault != .recurringNumbers)
        let gone = everything.filter { $0.seq > earlier.seq && !lost.contains($0.seq) }
        lost.formUnion(gone.map(\.seq))
        findings.note("the power fails: \(gone.map(\.seq)) are gone, and numbers go on above \(disk.seq)")
        synced = disk
        return gone
    }

    private func emptied(_ ledger: ModelLedger) -> ModelLedger {
        var empty = ModelLedger()
        (empty.knowsRepeats, empty.deletes, empty.edits) = (ledger.knowsRepeats, ledger.deletes, ledger.edits)
        return empty
    }

    private func commitSome() {
        let batch = Array(entries.prefix(isHealthy ? .max : dice.within(1...8)))
        guard !batch.isEmpty else { return }
        entries.removeFirst(batch.count)
        if !isHealthy, dice.permille(profile.refusals) {
            findings.note("ledger: refuses \(batch.count)")
            findings.took(.refused)
            for (entry, origin) in batch {
                if case .claim = entry { findings.took(.claimRefused) }
                done.append(.refused(entry, from: origin, LedgerError("The disk is full.")))
            }
            return
        }
        for (entry, origin) in batch { commit(entry, origin) }
    }

    private func commit(_ entry: Entry, _ origin: SessionID?) {
        switch disk.commit(entry) {
        case .committed(let committed):
            findings.expect(places[committed.seq] == nil, "the number \(committed.seq) is given twice")
            places[committed.seq] = everything.count
            everything.append(committed)
            if case .change(let change) = committed.entry { note(change) }
            done.append(.committed(committed, from: origin))
            findings.note("ledger: \(committed.seq) \(entry)")
        case .repeated(let committed):
            findings.took(.repeated)
            done.append(.repeated(committed, from: origin))
        case .rejected(let rejection):
            findings.took(.rejected)
            done.append(.rejected(entry, from: origin, rejection))
        }
    }

    private func note(_ change: Change) {
        guard case .edit(let text) = change.kind, let first = self[change.message]?.text else { return }
        texts[change.message, default: [first]].append(text)
    }

    /// Whether a message has, or had, this text.
    func hasHad(_ text: String?, _ seq: UInt64) -> Bool {
        guard let text else { return false }
        return texts[seq]?.contains(text) ?? (self[seq]?.text == text)
    }

    func reactions(of seq: UInt64) -> Set<String> {
        let details = disk.log.first { $0.seq == seq }?.entry.details
        return Set((details?.reactions ?? []).flatMap { one in one.users.map { "\($0.number) \(one.emoji)" } })
    }

    private func answerOne() {
        let (number, query) = questions.remove(at: dice.below(questions.count))
        if !isHealthy, dice.permille(profile.failures) {
            findings.note("ledger: fails \(number)")
            if case .missed = query { findings.took(.resumeFailed) }
            handed.append(.answered(number, .failed("The disk is gone.")))
            return
        }
        var answer = disk.answer(narrowed(query))
        if profile.fault == .privateToNamesake { answer = withNamesakes(answer, query) }
        if case .search = query { findings.took(.searched) }
        if case .missed = query {
            findings.took(answer == .tooMany ? .tooMany : .resumedFromLedger)
        }
        // Fewer than were asked for, as where the texts are long.
        if case .entries(let entries, _) = answer, bytes(entries) > ChatLimits.pageBytes {
            answer = shortened(entries, query)
        }
        findings.note("ledger: answers \(number) \(query) by \(answer)")
        let outcome = LedgerOutcome.answered(number, answer)
        if isHealthy || dice.permille(700) { handed.append(outcome) } else { read.append(outcome) }
    }

    private func narrowed(_ query: Query) -> Query {
        switch query {
        case .page(let place, let before, let limit):
            .page(place, before: before, limit: min(limit, profile.pageLimit))
        case .missed(let user, let rooms, let after, let upTo, let limit, let atMost):
            .missed(
                user, rooms: rooms, after: after, upTo: upTo, limit: min(limit, profile.pageLimit),
                atMost: isHealthy ? atMost : min(atMost, profile.missedLimit))
        case .search, .positions, .after: query
        }
    }

    private func shortened(_ entries: [Committed], _ query: Query) -> Answer {
        var rest = entries[...]
        while rest.count > 1, bytes(rest) > ChatLimits.pageBytes {
            if case .page = query { rest.removeFirst() } else { rest.removeLast() }
        }
        return .entries(Array(rest), more: true)
    }

    private func bytes(_ entries: some Sequence<Committed>) -> Int {
        entries.reduce(0) { sum, committed in
            switch committed.entry {
            case .message(let message): sum + message.text.utf8.count
            case .private(let message): sum + message.text.utf8.count
            default: sum
            }
        }
    }

    /// A planted fault: private messages are looked up by the name that they were sent to.
    private func withNamesakes(_ answer: Answer, _ query: Query) -> Answer {
        guard case .entries(let entries, let more) = answer, let (user, range) = privates(query),
            let name = disk.users.first(where: { $0.id == user })?.name
        else { return answer }
        let others = disk.log.filter { committed in
            guard case .private(let message) = committed.entry else { return false }
            return message.user != user && message.peer != user && message.to == name && range.contains(committed.seq)
        }
        return .entries((entries + others).sorted { $0.seq < $1.seq }, more: more)
    }

    /// Whose private messages a question is about, and which of them.
    private func privates(_ query: Query) -> (UserID, Range<UInt64>)? {
        switch query {
        case .page(.privates(let user), let before, _): (user, 0..<before)
        case .missed(let user, _, let after, let upTo, _, _): (user, after + 1..<upTo + 1)
        case .page, .search, .positions, .after: nil
        }
    }
}

extension Entry {
    /// The text of a message.
    var text: String? {
        switch self {
        case .message(let message): message.text
        case .private(let message): message.text
        default: nil
        }
    }
}
