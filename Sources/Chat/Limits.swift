// Every limit of the chat, with its unit and its reason. Ranges are for what an administrator can choose in ChatSettings.
// LimitsTests checks the limits against each other.

package enum ChatLimits {
    // MARK: Settings

    /// Configurable bytes of a message's text. A longer text is a document, and would delay the room. Its escaped JSON can be
    /// longer; what does not fit a WebSocket message (64 KiB) is refused there.
    package static let textBytes = 1...32_768
    /// Configurable commands a second; 0 is no limit (for benchmarks). A token bucket counts in microseconds.
    package static let rate = 0...1_000_000
    /// Configurable commands at once.
    package static let burst = 1...1_000_000
    /// Configurable sessions of one user at once; 0 is no limit. The default is more than the tabs and devices of a person.
    package static let userConnections = 0...1_000_000
    /// Number of configured rooms. They are all in each `welcome`: 64 of the longest names are 2.2 KiB.
    package static let configuredRooms = 1...64

    /// Configurable days for which a name stays reserved: up to ten years.
    package static let nameDays = 1...3_650
    /// Configurable seconds of the grace period; 0: a user leaves as soon as its connection breaks.
    package static let graceSeconds = 0...300

    // MARK: Names

    /// Characters (grapheme clusters) of a user name: what a list of users still shows on a phone.
    package static let nameCharacters = 32
    /// Bytes of a user name: four for each character, because one grapheme cluster can have any number of bytes.
    package static let nameBytes = 128
    /// Users with reserved names: all are in memory, with some hundred bytes each.
    static let users = 1_000_000
    /// Names that a user gave up and that stay reserved for it. Of more, the oldest are free again.
    package static let formerNames = 4
    /// New names that one client address may take at once, and milliseconds until one more: the people of a company may come at
    /// the same time, and a program that takes names in a loop gets 14,400 a day.
    static let newNames: Int64 = 1_000
    static let newNameInterval: Int64 = 6_000
    /// Bytes (and characters) of a room name: a word or three.
    package static let roomNameBytes = 32
    /// Bytes of a message's id: more than a UUID has in any spelling (45 with `urn:uuid:`).
    package static let messageIDBytes = 64
    /// Numbers that are tried in order for a free name like a taken one. Each attempt folds a name (0.5 µs).
    static let proposalNumbers = 2...99
    /// Random numbers that are tried after `proposalNumbers`.
    static let proposalRandomNumbers = 100...9_999_999
    /// Attempts with a random number. After them an assigned name is proposed.
    static let proposalRandomTries = 8
    /// Attempts to assign a name of two words, before numbers are added.
    static let assignedWordTries = 4
    /// Bytes of a client's text that an error's sentence may repeat.
    static let echoCharacters = 32
    /// Bytes of an invalid id, room or name that an error repeats, so that the client can tell which command was refused.
    static let echoBytes = 256

    // MARK: Devices

    /// Devices of a user: more than a person has. One more replaces the one that was not seen for longest.
    static let devicesOfUser = 32
    /// Different labels of users' first devices, which stay in memory; further ones are not shown.
    static let deviceLabels = 16_384
    /// Links for another device that one user has at once; one more voids the oldest.
    static let linksOfUser = 4
    /// Milliseconds until a link is void: enough to take out a phone.
    static let linkMilliseconds: Int64 = 600_000
    /// Codes of links and recovery codes that one client address may send at once, right or wrong, and milliseconds until one more. Codes
    /// have 100 random bits; each attempt costs two hashes.
    static let codes: Int64 = 100
    static let codeInterval: Int64 = 6_000

    // MARK: Signed tokens

    /// Milliseconds after which a session is looked at again whose signed token expires later.
    static let signedInterval: Int64 = 60_000
    /// The same for one whose token seems to have expired, while the clock is not believed.
    static let signedRetry: Int64 = 1_000

    // MARK: Rooms

    /// Rooms of one session. A rename is sent to each of them, and memberships are searched linearly.
    package static let roomsOfSession = 16
    /// Rooms on the server, with some hundred bytes each. The command `rooms` looks at all of them (1 ms).
    package static let rooms = 16_384
    /// Rooms that were made from one client address and exist: those of 128 sessions. One address can't take all rooms from the others.
    static let roomsOfClient = 2_048
    /// Characters of a room's title: what fits above its messages on a phone.
    package static let titleCharacters = 64
    /// Characters of a room's topic: two or three lines.
    package static let topicCharacters = 250
    /// Rooms in one `rooms` answer: 12 KiB, more than a person reads.
    static let roomsListed = 200
    /// Members above which a room does not announce single joins and leaves: the cost grows with the square of the members.
    package static let announcedUsers = 200
    /// Names in one `who` answer, more than a person reads; fewer where they exceed `frameBytes`.
    static let namesListed = 500

    // MARK: Presence

    /// Characters of a user's status line: what fits beside its name.
    package static let statusCharacters = 100
    /// Bytes that a status takes in a `who` answer besides its text, an estimate.
    static let statusOverhead = 40
    /// Milliseconds between two `presence` events of a user, however often it changes: fewer than `typing` may send.
    package static let presenceInterval: Int64 = 5_000
    /// Users whose `presence` is sent in one tick. After a crash many may be away at once; the others wait.
    static let presencesOfTick = 200

    // MARK: History

    /// Messages that a newcomer gets of a room, that a page has by default, and that are in memory for each room: a few screens.
    package static let newestMessages = 50
    /// Messages in one page of history or of search results.
    package static let pageMessages = 1...100
    /// Bytes of messages that a session gets before its outbox must be empty again, and at least one message: of the histories of a
    /// newcomer's rooms together, or of what a returning client missed. A quarter of the default outbox.
    package static let pageBytes = 65_536
    /// Bytes of messages in one `history` or `found` event; there is always at least one message. A client shows nothing of a frame
    /// before all of it is there: 3 s at 5 kB a second.
    package static let frameBytes = 16_384
    /// Bytes of a `history` event up to which it does not count towards `pageBytes`: those of all rooms of a session fit a page.
    static let uncountedBytes = pageBytes / roomsOfSession
    /// Bytes of the newest messages that are in memory for each room, its answer to newcomers not counted: what one query reads.
    static let roomHistoryBytes = pageBytes
    /// Bytes of the newest messages in memory, of all rooms together. Above, rooms that are little used are read from the ledger again.
    static let historyBytes = 33_554_432
    /// Bytes that a message takes in memory besides its JSON, an estimate: its array, and its place in the lists.
    static let messageOverhead = 64
    /// Events in the replay buffer: when many clients come back after a minute, none of them needs the disk.
    package static let recentMessages = 2_048
    /// Bytes of the events in the replay buffer, as JSON.
    package static let recentBytes = 8_388_608
    /// Missed messages that a returning client gets. Over this number it gets the newest ones, and reads pages.
    package static let missedMessages = 10_000
    /// Bytes of a search text: a sentence.
    package static let searchBytes = 256

    /// Commands of one session that may wait for the ledger: a page searches and scrolls at the same time.
    static let readsOfSession = 4
    /// The same for all sessions of one user: some tabs at once.
    static let readsOfUser = 16

    // MARK: Requests of programs

    /// Requests that one client address may send at once, and milliseconds until one more: more than its users' budgets, so that it
    /// bounds only wrong tokens and many tokens at once.
    static let requests: Int64 = 1_000
    static let requestInterval: Int64 = 10
    /// Milliseconds after which a request may be sent again that was one too many, or that could not be read in time.
    static let requestRetry: Int64 = 1_000
    /// The same for what could not be stored: a full disk does not have room again at once.
    static let storeRetry: Int64 = 5_000

    // MARK: Changes of messages, mentions

    /// Configurable minutes for which a message can be edited or deleted by its sender; 0 is never. Up to ten years.
    package static let editMinutes = 0...5_256_000
    /// A day: `welcome` names only another time.
    package static let defaultEditMinutes = 1_440
    /// Different emojis on a message: two rows of them.
    static let reactionKinds = 20
    /// Reactions to a message. With all of them it still fits a `history` event (`frameBytes`).
    static let reactions = 1_000
    /// Bytes of an emoji: the longest in use, a family or a flag with tags, has 35.
    static let emojiBytes = 64
    /// Bytes that one emoji on a message takes in memory, and its JSON in an answer, without its users; an estimate.
    static let reactionOverhead = 96
    /// Places of a text where a name is looked for after an `@`: each costs up to 32 look-ups (15 µs).
    static let mentions = 20
    /// Read positions of one user: its rooms and its conversations. Of more, the oldest are forgotten.
    package static let positionsOfUser = 200
    /// Read positions in memory, for clients that come back soon: 6 MiB.
    static let recentPositions = 65_536

    // MARK: Signals

    /// Bytes of the JSON of a signal's data: a cursor, a move, a list of some hundred numbers.
    package static let signalBytes = 4_096
    /// Lists and objects of a signal's data within each other: more than programs use, and a fraction of what parsers take.
    package static let signalDepth = 32

    // MARK: Administrators' commands

    /// Bans and mutes: the address of each new connection is compared with every banned network (some µs).
    package static let sanctions = 4_096
    /// Bytes of a reason: a sentence or two.
    package static let reasonBytes = 256
    /// Bytes of a close frame's reason (RFC 6455 §5.5 and §5.5.1).
    static let closeReasonBytes = 123

    // MARK: Time

    /// Milliseconds between two `count` events of one room.
    static let countInterval: Int64 = 5_000
    /// Milliseconds between two `seen` entries of a user: reservations are counted in days.
    static let seenInterval: Int64 = 86_400_000
    /// The same when the user's last session ends, where others may learn when that was: as exact as it is after a crash.
    static let lastSeenInterval: Int64 = 3_600_000
    /// Milliseconds from the start until names are released: after a long downtime the users may come back first.
    static let releaseDelay: Int64 = 3_600_000
    /// Users that the expiry scan looks at in one tick: a hundred thousand in half an hour.
    static let usersOfTick = 64

    /// Milliseconds between two `typing` events of one session in one room. Clients show each for a little longer.
    static let typingInterval: Int64 = 2_000
    /// Milliseconds from the connection to an accepted `hello`: a client sends it without input from a person.
    static let helloTimeout: Int64 = 10_000
    /// Bursts of refused commands, less those accepted since, after which a session is closed. A client that waits for `retry`
    /// never reaches the limit; a client in a loop, far over twice its rate, reaches it within seconds.
    static let refusedBursts = 5
    /// A refused command counts once more for each of these bytes: it is parsed for its id, in up to 60 µs a KiB.
    static let refusedBytes = 4_096
}
