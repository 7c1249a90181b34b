// Which acknowledgement an answer of the chat belongs to.

package import Chat
internal import SocketIO

extension Bridge {
    /// The chat begins to work on a command.
    package mutating func begin(_ session: SessionID, command: UInt64) {
        current = (session, command)
    }

    /// The chat has worked on the command, which may have no answer yet, or none at all.
    package mutating func end(_ session: SessionID, command: UInt64, at now: Int64, into outputs: inout [Output]) {
        current = nil
        guard holds(session) else { return }
        if let answer = participants[session.slot]?.takeAwaited(where: { $0.command == command && !$0.hasAnswer }) {
            sendAck(session, answer.ack, [], at: now, into: &outputs)
        }
    }

    /// Takes out the acknowledgements that an event answers: that of the command that the chat works on, else the first one. Where
    /// the room's history had to be read, one answer is to all joins meanwhile.
    func takeAnswered(by event: ChatEvent, _ type: String, of session: SessionID) -> [AwaitedAnswer] {
        guard let participant = participants[session.slot] else { return [] }
        let current = currentCommand(of: session)
        if let current,
            let answer = participant.takeAwaited(where: { $0.command == current && $0.isAnswered(by: event, type) })
        {
            return [answer]
        }
        var answers: [AwaitedAnswer] = []
        while let answer = participant.takeAwaited(where: { $0.isAnswered(by: event, type) }) {
            answers.append(answer)
            if type != "joined" || current != nil { break }
        }
        return answers
    }

    /// The session's command that the chat works on. The command 0 is a hello, which waits for no acknowledgement.
    private func currentCommand(of session: SessionID) -> UInt64? {
        current.flatMap { $0.session == session && $0.command != 0 ? $0.command : nil }
    }

    /// A message of the session is in the log.
    mutating func acknowledge(
        _ session: SessionID, _ event: ChatEvent, at now: Int64, into outputs: inout [Output]
    ) {
        guard let participant = participants[session.slot], let id = event.string("id"), let seq = event["seq"] else {
            return
        }
        guard let awaited = takeMessage(id, of: session) else { return }
        let json =
            participant.namespace == .tutorial
            ? Array(#"{"seq":"#.utf8) + seq + Array("}".utf8)
            : event.type == "ack"
                ? event.json
                : Array(#"{"type":"ack","id":"#.utf8) + quoted(id) + Array(#","seq":"#.utf8) + seq + Array("}".utf8)
        sendAck(session, awaited.ack, json, at: now, into: &outputs)
    }

    private mutating func takeMessage(_ id: String, of session: SessionID) -> AwaitedAnswer? {
        let answer = participants[session.slot]?.takeAwaited { $0.id == id && $0.key != nil }
        if let answer { forgetSender(answer, session) }
        return answer
    }

    /// The session does not wait for this acknowledgement any more. It may wait for another one of a message with the same id.
    mutating func forgetSender(_ answer: AwaitedAnswer, _ session: SessionID) {
        guard let key = answer.key, messageSenders[key] == session,
            participants[session.slot]?.awaited.contains(where: { $0.key == key }) != true
        else { return }
        messageSenders[key] = nil
    }

    /// The chat has refused a command.
    mutating func refused(
        _ session: SessionID, _ event: ChatEvent, at now: Int64, into outputs: inout [Output]
    ) {
        let (id, command) = (event.string("id"), event.string("command"))
        var awaited: AwaitedAnswer?
        if let current = currentCommand(of: session) {
            awaited = participants[session.slot]?.takeAwaited { $0.command == current }
            if let awaited { forgetSender(awaited, session) }
        } else if let id {
            awaited = takeMessage(id, of: session)
        } else {
            awaited = participants[session.slot]?.takeAwaited {
                $0.type == command ?? "rename" && $0.isAbout(event)
            }
        }
        answer(session, ack: awaited?.ack, error: event.json, at: now, into: &outputs)
    }

    /// Tells a client that its event was refused.
    /// - Parameter ack: the acknowledgement that it waits for; nil where it gets an event instead.
    mutating func answer(
        _ session: SessionID, ack: UInt64?, error: [UInt8], at now: Int64, into outputs: inout [Output]
    ) {
        guard let participant = participants[session.slot] else { return }
        let packet: [UInt8]
        if participant.namespace == .native {
            guard ack == nil else { return sendAck(session, ack, error, at: now, into: &outputs) }
            packet = SocketIOForm.native.message(of: error, ledger: ledger) ?? []
        } else {
            // The tutorial's client sends an event again until it is acknowledged.
            let code = ChatEvent(error).string("code")
            let json = Array(#"{"error":"#.utf8) + error + Array("}".utf8)
            if ack != nil {
                guard code != "rate-limited", code != "try-again" else { return }
                return sendAck(session, ack, json, at: now, into: &outputs)
            }
            packet = Array(#"2["chat error","#.utf8) + error + Array("]".utf8)
        }
        send(packet, to: participant.engine, at: now, into: &outputs)
    }

    mutating func sendAck(
        _ session: SessionID, _ ack: UInt64?, _ json: [UInt8], at now: Int64, into outputs: inout [Output]
    ) {
        guard let participant = participants[session.slot], let ack else { return }
        let packet = SocketPacket(
            .acknowledgement, namespace: participant.namespace.rawValue, id: ack,
            json: [UInt8(ascii: "[")] + json + [UInt8(ascii: "]")])
        send(packet.bytes, to: participant.engine, at: now, into: &outputs)
    }
}

extension AwaitedAnswer {
    /// The event types that answer a command; messages are answered by `Bridge.acknowledge`.
    private static let answers = [
        "join": "joined", "leave": "left", "rename": "renamed", "rooms": "rooms", "who": "who", "history": "history",
        "search": "found", "message": "", "private": "", "edit": "", "delete": "", "react": "", "topic": "",
        "devices": "devices", "sign-out": "signed-out", "link": "link", "recovery": "recovery",
        "presence": "presence",
    ]

    /// Whether the command is stored under an id, and answered by an event or an `ack` with that id.
    var isStored: Bool { AwaitedAnswer.answers[type] == "" }

    /// What `scope` is where a command names a user by its id: no name and no room has a NUL.
    static func scope(ofUser id: UInt64) -> String { "\u{0}\(id)" }

    /// Whether the command is answered at all, other than by a refusal.
    fileprivate var hasAnswer: Bool { AwaitedAnswer.answers[type] != nil }

    fileprivate func isAnswered(by event: ChatEvent, _ eventType: String) -> Bool {
        AwaitedAnswer.answers[type] == eventType && isAbout(event)
    }

    /// Whether the event is about the same room or user, and the same page.
    fileprivate func isAbout(_ event: ChatEvent) -> Bool {
        guard event.number("before") == before else { return false }
        return scope == event.string("room") ?? event.string("with")
            || scope != nil && scope == event.number("user").map(AwaitedAnswer.scope(ofUser:))
    }
}
