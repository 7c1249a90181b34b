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

final class Participant {
    let sid: EngineServer.SID
    let namespace: BridgeNamespace
    let session: SessionID
    /// The public id that CONNECT is answered with.
    let socketID: String
    let form: SocketIOForm
    /// What CONNECT asked for.
    var request: ConnectRequest
    /// The user's name as a JSON text, once it has one.
    var name: [UInt8]?
    /// The default room's name as a JSON text, once the session has joined it.
    var room: [UInt8]?
    /// The number of the newest command.
    var commands: UInt64 = 0
    /// The command that the chat works on; 0 for none.
    var current: UInt64 = 0
    var awaited: [AwaitedAnswer] = []
    /// The rooms whose events it gets.
    var rooms: [RoomID] = []
    /// The welcome, while it is not known whether the client gets everything that it missed, and CONNECT is not answered.
    var welcome: RecoveryID?
    var isConnected = false

    init(
        sid: EngineServer.SID, namespace: BridgeNamespace, session: SessionID, socketID: String, form: SocketIOForm,
        request: ConnectRequest
    ) {
        (self.sid, self.namespace, self.session) = (sid, namespace, session)
        (self.socketID, self.form, self.request) = (socketID, form, request)
    }

    /// The sender's name and the message's id, which identify a message among those of all users.
    /// - Returns: nil where the command is no message.
    func messageKey(_ answer: AwaitedAnswer) -> [UInt8]? {
        guard answer.type == "message" || answer.type == "private", let id = answer.id, let name else { return nil }
        return name + id.utf8
    }

    /// Takes out the acknowledgement that waits for an answer.
    func takeAwaited(where isAnswer: (AwaitedAnswer) -> Bool) -> AwaitedAnswer? {
        awaited.firstIndex(where: isAnswer).map { awaited.remove(at: $0) }
    }
}

/// What the bridge keeps of the payload of CONNECT.
struct ConnectRequest: Equatable, Sendable {
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
}
