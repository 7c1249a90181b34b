// What a session still has to get before it is live.

struct CatchUp {
    /// The session has got everything up to this sequence number.
    var position: UInt64
    /// Whether the session gets its rooms' newest messages at the end, not what it missed.
    var isNew = false
    /// Whether the client was here before, so that messages may be missing between what it has and what it gets.
    var gap = false
    /// Whether a newcomer's newest private messages are still to be read.
    var lacksPrivates = false
    /// Why a newcomer did not join some of its rooms. Sent at the end: a client takes everything up to the point where all rooms
    /// have answered for processed. (A returning client gets them first, because it must know which rooms are missing.)
    var refusals: [Refusal] = []
}
