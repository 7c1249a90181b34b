// What a run has found: the first violated invariant, and which paths were taken.

/// A path through the chat that a set of runs must have taken.
enum Path: String, CaseIterable {
    case resumedFromMemory, resumedFromLedger, resumeFailed, gap, tooMany, paced, roomReadWhileMessagesCome
    case privateHistoryAtHello, claimRefused, renameRace, nameTaken, released, manyCounted, cutOff, helloTimeout,
        overRate
    case kicked, banned, muted, announced, deletions, withdrawnUnderWay, orderRefused
    case crashed, lostPower, outlivedCrash, handedOver, handedOverWhileArriving, handedOverInFrame, forgotten, repeated,
        refused,
        returnedInGrace, expired, tokenUnknown, protocolFailure, paged, searched
    case away, hasStatus, edited, reacted, replied, rejected, toldOfEdit
    case upgraded, handedOverPolled, handedOverUpgrading
}

/// Shared by all parts of one world.
final class Findings {
    private(set) var first: String?
    private(set) var paths: [Path: Int] = [:]
    /// The story of the world, where somebody reads it.
    var trace: ((String) -> Void)?

    var isClean: Bool { first == nil }

    /// An invariant is violated. Only the first one counts: what follows may follow from it.
    func violated(_ invariant: @autoclosure () -> String) {
        guard first == nil else { return }
        let text = invariant()
        first = text
        trace?("VIOLATED: " + text)
    }

    func expect(_ condition: Bool, _ invariant: @autoclosure () -> String) {
        if !condition { violated(invariant()) }
    }

    func took(_ path: Path) { paths[path, default: 0] += 1 }

    func note(_ text: @autoclosure () -> String) { trace?(text()) }
}
