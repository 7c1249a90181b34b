// What an event of the chat becomes for clients of Socket.IO. Each form is encoded once, however many get it.

internal import SocketIO

package enum SocketIOForm: UInt8, CaseIterable, Sendable {
    /// Namespace “/chatrelay.v1”: the event as it is, under its type.
    case native
    /// Namespace “/”: “chat message” with the text.
    case text
    /// The same, and the sequence number as a number: for clients that come with `serverOffset`.
    case numbered
    /// The same, and the position as a string: for connection state recovery, which takes it from the last argument.
    case positioned

    /// The message of Engine.IO that an event becomes; nil where clients of this form don't get it.
    /// - Parameters:
    ///   - json: an event of the chat's own.
    ///   - ledger: the id of the ledger that its sequence number belongs to.
    package func message(of json: [UInt8], ledger: String) -> [UInt8]? {
        let type = ChatEvent.type(of: json)
        if self == .native {
            return Array(SocketIOForm.nativeStart) + type + Array(#"","#.utf8) + json + Array("]".utf8)
        }
        guard type.elementsEqual("message".utf8) else { return nil }
        let event = ChatEvent(json)
        guard let text = event["text"], let seq = event["seq"] else { return nil }
        var message = Array(#"2["chat message","#.utf8) + text
        switch self {
        case .native, .text: break
        case .numbered: message += Array(",".utf8) + seq
        case .positioned: message += Array(#","\#(ledger)-"#.utf8) + seq + Array("\"".utf8)
        }
        return message + Array("]".utf8)
    }

    private static let nativeStart = #"2/chatrelay.v1,[""#.utf8
}

/// An event of a room. It is encoded at most once for each form, when the first receiver needs it.
package struct SocketIOEvent {
    let json: [UInt8]
    private let ledger: String
    private var messages: [SocketIOForm: [UInt8]?] = [:]

    /// - Parameters:
    ///   - json: an event of the chat's own.
    ///   - ledger: the id of the ledger that its sequence number belongs to.
    package init(_ json: [UInt8], ledger: String) {
        self.json = json
        self.ledger = ledger
    }

    /// As `SocketIOForm.message`.
    package mutating func message(_ form: SocketIOForm) -> [UInt8]? {
        if let known = messages[form] { return known }
        let message = form.message(of: json, ledger: ledger)
        messages[form] = .some(message)
        return message
    }
}

/// A place in the log, as clients of Socket.IO keep it.
struct LogPosition: Equatable {
    let ledger: String
    let seq: UInt64

    init(ledger: String, seq: UInt64) {
        self.ledger = ledger
        self.seq = seq
    }

    /// - Parameter text: the last argument of a “chat message” (`SocketIOForm.positioned`).
    init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, let seq = UInt64(parts[1]) else { return nil }
        self.init(ledger: String(parts[0]), seq: seq)
    }
}

/// The `pid` of connection state recovery: a secret of the client's that names its user and where it began. It is good after a
/// crash too, because it says everything itself.
struct RecoveryID {
    /// The user's token; empty where the proxy names the user.
    let token: String
    let start: LogPosition

    init(token: String, start: LogPosition) {
        self.token = token
        self.start = start
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let start = LogPosition(String(parts[1])) else { return nil }
        self.init(token: String(parts[0]), start: start)
    }

    var text: String { "\(token).\(start.ledger)-\(start.seq)" }
}
