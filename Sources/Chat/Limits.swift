// Every limit of the chat, with its unit and the reason for the number. What an administrator can choose is in
// ChatSettings, within the ranges that stand here. ChatLimitsTests checks them against each other.

package enum ChatLimits {
    // MARK: Settings

    /// Bytes of a message's text that can be configured. Above it a message is a document: it would hold up the room.
    /// Text escaped in JSON can be longer than itself; what does not fit a WebSocket message is refused there (64 KiB).
    package static let textBytes = 1...32_768
    /// Commands a second that can be configured; 0 is no limit (for benchmarks). A bucket counts in microseconds.
    package static let rate = 0...1_000_000
    /// Commands at once that can be configured.
    package static let burst = 1...1_000_000
    /// Sessions of one user at once that can be configured; 0 is no limit. By default more tabs and devices than a person has.
    package static let userConnections = 0...1_000_000
    /// Rooms that can be configured. They are all in each `welcome`: 64 of the longest names are 2.2 KiB.
    package static let configuredRooms = 1...64

    /// Days for which a name can stay reserved: up to ten years.
    package static let nameDays = 1...3_650
    /// Seconds in which somebody may come back unnoticed that can be configured; 0: everybody notices at once.
    package static let graceSeconds = 0...300

    // MARK: Names

    /// Characters of a user name, as a person counts them: what a list of people still shows on a phone.
    package static let nameCharacters = 32
    /// Bytes of a user name: four for each character, so that an emoji family or stacked accents can't be endless.
    package static let nameBytes = 128
    /// Users whose names are reserved: all are in memory, some hundred bytes each.
    static let users = 1_000_000
    /// New names that one client address may take at once, and milliseconds until there is another: a company may come all at
    /// once, and a program that takes names in a loop gets 14,400 a day.
    static let newNames: Int64 = 1_000
    static let newNameInterval: Int64 = 6_000
    /// Bytes (and characters) of a room name: a word or three.
    package static let roomNameBytes = 32
    /// Bytes of a message's id: a UUID in any of its spellings (45 with `urn:uuid:`) with room to spare.
    package static let messageIDBytes = 64
    /// Numbers that are tried one by one for a free name near a taken one; each costs a folding (0.5 µs).
    static let proposalNumbers = 2...99
    /// Random numbers that are tried after those.
    static let proposalRandomNumbers = 100...9_999_999
    /// Tries with such a number; then an assigned name is proposed.
    static let proposalRandomTries = 8
    /// Tries to assign a name of two words only, before numbers are added.
    static let assignedWordTries = 4
    /// Characters of what a client sent that are repeated to it in an error's sentence.
    static let echoCharacters = 32

    // MARK: Rooms

    /// Rooms that one session can be in. A rename is told in each of them, and each membership is looked for linearly.
    package static let roomsOfSession = 16
    /// Rooms on the server, configured and made, some hundred bytes each. `rooms` looks at them all (1 ms).
    package static let rooms = 16_384
    /// Rooms in one `rooms` answer: 12 KiB, more than anybody reads.
    static let roomsListed = 200
    /// People in a room above which single joins and leaves are not told: telling each to all costs the square of them.
    package static let announcedUsers = 200
    /// Names in one `who` answer: 64 KiB of the longest, more than anybody reads.
    static let namesListed = 500

    // MARK: History

    /// Messages of a room that a newcomer is given, of a page where no limit is said, and of each room that are kept in
    /// memory: some screens full.
    package static let newestMessages = 50
    /// Messages in one page of history or one answer of search.
    package static let pageMessages = 1...100
    /// Bytes of texts in one page, in what a newcomer gets of one room, and in one piece of what was missed; the first one
    /// is always given. A quarter of what may wait for a reader by default.
    package static let pageBytes = 65_536
    /// Newest messages of all rooms that are kept in memory for those that come back: so that a crowd that was cut off
    /// for a minute never touches the disk.
    package static let recentMessages = 2_048
    /// Bytes of their texts.
    package static let recentBytes = 8_388_608
    /// Messages that are given to somebody who comes back; above it one gets the newest, and pages.
    package static let missedMessages = 10_000
    /// Bytes of a search: a sentence.
    package static let searchBytes = 256

    /// Questions of one session that may wait for the ledger: a page that searches and scrolls at the same time.
    static let readsOfSession = 4

    // MARK: Administrators' orders

    /// Bans and mutes at once: each newcomer's address is compared with those of networks (some µs).
    package static let sanctions = 4_096
    /// Bytes of the reason that is given with an order: a sentence or two.
    package static let reasonBytes = 256
    /// Bytes of a close frame's reason (RFC 6455 §5.5 and §5.5.1).
    static let closeReasonBytes = 123

    // MARK: Time

    /// Milliseconds between two `count` events of one room.
    static let countInterval: Int64 = 5_000
    /// Milliseconds between two notes in the ledger that a user was here: enough to count days.
    static let seenInterval: Int64 = 86_400_000
    /// Milliseconds after the start before a name is released: after a crash, or a long time off, whoever was here comes first.
    static let releaseDelay: Int64 = 3_600_000
    /// Users that are looked at in one tick for names that are free again: a hundred thousand in half an hour.
    static let usersOfTick = 64

    /// Milliseconds between two `typing` of one session in one room: a client shows each for a little longer.
    static let typingInterval: Int64 = 2_000
    /// Milliseconds from the connection to an accepted `hello`: a person is not asked anything in between.
    static let helloTimeout: Int64 = 10_000
    /// Bursts of refused commands, less those accepted since, after which a session is closed. Whoever waits for `retry`
    /// never gets there; a client in a loop, far over twice its rate, does within seconds, and then costs nothing more.
    static let refusedBursts = 5
    /// Bytes for each of which a refused command counts once more: it is read for its id, which takes up to 60 µs a KiB.
    static let refusedBytes = 4_096
}
