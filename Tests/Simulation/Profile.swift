// What kind of world a seed makes: how many are in it, what they do, and what goes wrong.

import Chat

/// The faults that the harness can plant, to show that the invariants find them.
enum PlantedFault: CaseIterable {
    /// A message is told before the ledger has it.
    case broadcastBeforeCommit
    /// The ledger takes a message that is sent again for another one.
    case noDeduplication
    /// Whoever comes back is given one message too many, or one too few.
    case resumeOneEarly, resumeOneLate
    /// A private message goes to whoever has the name when it is delivered.
    case privateToNamesake
    /// An acknowledgement before the commit.
    case earlyAcknowledgement
    /// One subscriber in a hundred misses an event.
    case lostDelivery
    /// Whoever leaves a room goes on hearing it.
    case deafToLeaving
    /// The chat is not told that a reader has read.
    case noPace
    /// A token makes one another user.
    case tokenConfusion
    /// Everybody notices at once that a line broke.
    case noGrace
    /// The ledger goes on giving out what was withdrawn.
    case keptWithdrawals
    /// The ledger goes on giving out the texts of before an edit.
    case keptTexts
    /// One in ten reactions is not told.
    case lostReaction
    /// One in ten is not told who is away, or has a status.
    case lostPresence
    /// The chat does not know what was withdrawn while it waited for an answer.
    case forgottenWithdrawals
    /// One in ten is not told of an announcement, or that a message was withdrawn.
    case lostAnnouncement, lostWithdrawal
    /// A daemon that starts knows of no bans and mutes.
    case forgottenSanctions
    /// A daemon that goes on does not know who is still on its way; one that starts after a crash, who was in which room.
    case forgottenArrivals, forgottenPresences
    /// What was said to the daemon before the crash counts for the one after it.
    case noBarrier
    /// After a power failure the ledger gives out numbers again.
    case recurringNumbers
    /// A planned restart loses the first packet that waits for a poll, or gives it out twice.
    case lostPacket, doubledPacket
    /// Whoever has changed from polls to a WebSocket does not hear its rooms.
    case deafToUpgrade
}

struct Profile {
    var settings = ChatSettings()
    var clients = 8
    /// Of a hundred clients, those that share a user with the one before, and those that are up to no good.
    var devices = 15
    var villains = 15
    /// Of a thousand clients, those of Socket.IO.
    var socketIO = 0
    var turns = 120
    /// Milliseconds of a turn, at most.
    var turnMilliseconds = 400
    /// Of a thousand turns: in which a client does something; a line is cut; a line says nothing; the daemon crashes; hours
    /// or days pass; the oldest is deleted.
    var acts = 300
    var cuts = 15
    var stalls = 100
    var crashes = 4
    var jumps = 3
    /// Of a thousand turns those after which another daemon goes on; of a thousand lines those that outlive a crash.
    var handovers = 0
    var survivors = 0
    var deletions = 0
    /// Of a thousand turns those in which the power fails.
    var powerFailures = 0
    /// Of a thousand turns those in which an administrator orders something.
    var orders = 0
    /// Of a thousand batches those that are refused, of a thousand questions those that fail.
    var refusals = 20
    var failures = 20
    /// Of a thousand turns, those in which the ledger does something.
    var ledgerPace = 700
    /// Bytes that a socket holds, and that may wait behind it.
    var socketBytes = 65_536
    var outboxBytes = 262_144
    /// Messages that a chat finds in memory when it starts.
    var recent = 10
    /// What the ledger gives at most in one page, and to somebody who comes back.
    var pageLimit = ChatLimits.pageMessages.upperBound
    var missedLimit = ChatLimits.missedMessages
    /// Of a thousand messages, those whose text is as long as can be.
    var longTexts = 0
    /// Of a thousand things that people do, those that are private messages and new names besides the usual.
    var gossip = 0
    var rooms = ["lobby", "news", "attic", "den"]
    /// Whether everybody wants to be in all rooms.
    var isEverywhere = false
    var fault: PlantedFault?

    /// - Parameter dice: the seed's first draws.
    init(_ dice: Dice, fault: PlantedFault? = nil) {
        self.fault = fault
        settings.rooms = ["lobby", "news"]
        settings.graceSeconds = dice.pick([0, 2, 10, 10, 10])
        settings.nameDays = dice.pick([1, 2, 30])
        if dice.permille(600) { settings.rate = 0 }
        clients = dice.within(3...12)
        turns = dice.within(80...200)
        acts = dice.pick([150, 400, 700])
        turnMilliseconds = dice.pick([40, 400, 400, 2_000])
        cuts = dice.pick([0, 5, 15, 40])
        crashes = dice.pick([0, 0, 4, 15])
        jumps = dice.pick([0, 0, 3, 10])
        handovers = dice.pick([0, 0, 5, 30])
        survivors = dice.pick([0, 500, 950, 1_000])
        deletions = dice.permille(300) ? 30 : 0
        refusals = dice.pick([0, 0, 20, 200])
        failures = dice.pick([0, 0, 20, 300])
        orders = dice.pick([0, 0, 20, 100, 400])
        ledgerPace = dice.pick([100, 400, 900])
        recent = dice.pick([0, 1, 5, 30, 4_096])
        pageLimit = dice.pick([3, 20, 100, 100])
        missedLimit = dice.pick([3, 20, 10_000, 10_000])
        socketBytes = dice.pick([600, 8_192, 65_536])
        outboxBytes = dice.pick([131_072, 262_144])
        socketIO = dice.pick([0, 0, 0, 200, 400])
        powerFailures = dice.permille(200) ? dice.pick([5, 20]) : 0
        vary(dice)
    }

    /// Some worlds are of another kind.
    private mutating func vary(_ dice: Dice) {
        switch dice.below(1_000) {
        case ..<20:
            // A crowd in one room, that counts.
            clients = dice.within(230...320)
            settings.rate = 0
            (turns, acts, villains, crashes, rooms) = (30, 20, 2, dice.pick([0, 20]), ["lobby"])
        case ..<23:
            clients = dice.within(1_000...1_100)
            settings.rate = 0
            (turns, acts, villains, crashes, rooms) = (12, 5, 0, dice.pick([0, 80]), ["lobby"])
        case ..<40:
            // Long texts, as much as the rooms hold, and people who are in all of them.
            (clients, turns, longTexts, outboxBytes, socketBytes) = (4, 150, 700, 262_144, 212_992)
            settings.rate = 0
            (acts, villains, cuts, deletions) = (500, 0, 10, 0)
            rooms = (0..<12).map { "room-\($0)" }
            isEverywhere = true
        case ..<100:
            // Many come and go.
            clients = dice.within(15...30)
            cuts = 60
        case ..<200:
            // People who change their names, and talk about it.
            (gossip, devices, settings.graceSeconds) = (500, 30, 2)
        default: break
        }
    }
}
