// What comes out of the ledger: counted, written about, and told the chat.

internal import Chat
internal import Ledger

extension Relay {
    func tell(_ outcome: Outcome, at now: Moment) {
        switch outcome {
        case .committed(let committed, _):
            times.leave(isTold: committed.entry.isMessage)
            figures.count(committed.entry)
            figures.refusal = nil
            withChat(at: now) { $0.apply(committed, at: now, into: &$1) }
        case .repeated(let committed, let origin):
            times.leave(isTold: false)
            withChat(at: now) { $0.acknowledge(committed, from: origin, into: &$1) }
        case .refused(let entry, let origin, let reason):
            if !reason.isOverflow { times.leave(isTold: false) }
            journal.write(.notStored(reason))
            figures.refusal = reason.description
            withChat(at: now) { $0.refuse(entry, from: origin, into: &$1) }
        case .answered(let number, let answer):
            if case .failed(let reason) = answer { journal.write(.notRead(reason)) }
            withChat(at: now) { $0.answered(number, answer, into: &$1) }
        case .forgotten(let seq): chat.forget(upTo: seq)
        case .recovered: figures.refusal = nil
        case .trouble(let reason):
            if let reason { journal.write(.ledgerTrouble(reason)) }
            figures.trouble = reason?.description
        }
    }
}
