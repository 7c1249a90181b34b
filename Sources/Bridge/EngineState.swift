internal import Primitives
internal import SocketIO

/// What the bridge keeps of a session of Engine.IO.
struct EngineState {
    let user: EngineUser
    /// Whether a session of the chat has, or had, the slot of the WebSocket.
    var hasUsedSlot = false
    /// Packets that are no commands.
    var packets = TokenBucket()
    var socket = SocketSession()
    var tutorial: Participant?
    var native: Participant?

    init(_ user: EngineUser) { self.user = user }

    var participants: [Participant] { [tutorial, native].compactMap(\.self) }

    subscript(namespace: BridgeNamespace) -> Participant? {
        get { namespace == .tutorial ? tutorial : native }
        set { if namespace == .tutorial { tutorial = newValue } else { native = newValue } }
    }

    /// How the client stands to a namespace.
    func state(of name: String) -> SocketSession.NamespaceState {
        guard let participant = BridgeNamespace(rawValue: name).flatMap({ self[$0] }) else { return .unknown }
        return participant.isConnected ? .connected : .asked
    }
}
