// A client's connection to one namespace: one session of the chat.

internal import Chat
internal import SocketIO

/// The namespaces that there are.
enum BridgeNamespace: String, Sendable {
    /// The tutorial: the default room, “chat message” and nothing else.
    case tutorial = "/"
    /// All commands and events of chatrelay.v1.
    case native = "/chatrelay.v1"
}

/// An acknowledgement that a client waits for.
struct AwaitedAnswer: Equatable, Sendable {
    /// The number of the command among those of its session.
    let command: UInt64
    /// The number of the acknowledgement.
    let ack: UInt64
    /// The command's type, a word of chatrelay.v1.
    let type: String
    /// The fields that tell its answer from those of other commands, by their values; nil where it has none.
    var id: String?
    var scope: String?
    var before: UInt64?
    /// Its place in `Bridge.messageSenders`, with the name that the user had then; nil where it is no message.
    var key: [UInt8]?
}

/// There is one for each idle client, so it is small: what only some need is an object or a list that may be missing.
final class Participant {
    /// The session of Engine.IO that it belongs to.
    let engine: EngineServer.Number
    let form: SocketIOForm
    var isConnected = false
    let session: SessionID
    /// The public id that CONNECT is answered with.
    let socketID: String
    /// The user's name as a JSON text, once it has one.
    var name: String?
    /// The default room's name as a JSON text, once the session has joined it.
    var room: [UInt8]?
    /// The number of the newest command.
    var commands: UInt64 = 0
    var awaited: [AwaitedAnswer] = []
    /// What CONNECT asked for, until the client has what it missed.
    var request: ConnectRequest?
    /// The `pid` that the client has.
    var recoveryID: [UInt8]?

    init(
        engine: EngineServer.Number, session: SessionID, socketID: String, form: SocketIOForm, request: ConnectRequest?
    ) {
        (self.engine, self.session, self.socketID, self.form, self.request) = (engine, session, socketID, form, request)
    }

    var namespace: BridgeNamespace { form == .native ? .native : .tutorial }

    /// The sender's name and the message's id, which identify a message among those of all users.
    /// - Returns: nil where the command is no message, and no change of one.
    func messageKey(_ answer: AwaitedAnswer) -> [UInt8]? {
        guard answer.isStored, let id = answer.id, let name else { return nil }
        return Array(name.utf8) + id.utf8
    }

    /// Takes out the acknowledgement that waits for an answer.
    func takeAwaited(where isAnswer: (AwaitedAnswer) -> Bool) -> AwaitedAnswer? {
        awaited.firstIndex(where: isAnswer).map { awaited.remove(at: $0) }
    }
}

/// Participants by the slots of their sessions.
struct ParticipantTable {
    private var slots: [Participant?] = []

    subscript(slot: UInt32) -> Participant? {
        get { slot < slots.count ? slots[Int(slot)] : nil }
        set {
            while slots.count <= Int(slot) { slots.append(nil) }
            slots[Int(slot)] = newValue
        }
    }

    var all: [Participant] { slots.compactMap(\.self) }
}

/// What CONNECT asked for.
final class ConnectRequest {
    /// The user's token, from wherever it came; nil for a new user, or where the proxy names users.
    var token: String?
    /// The position that the client has named.
    var position: LogPosition?
    /// The `pid` that it came with.
    var recoveryID: String?
    /// Whether it is to get a `pid`.
    var wantsRecovery = false
    /// Messages at or below this number are not sent again (`serverOffset`).
    var floor: UInt64 = 0
    /// The welcome, while it is not known whether the client gets everything that it missed, and CONNECT is not answered.
    var welcome: RecoveryID?
}
