// What clients of Socket.IO send.

internal import Chat
internal import Crypto
internal import FoundationEssentials
internal import Primitives
internal import SocketIO

extension Bridge {
    /// A message of Engine.IO.
    mutating func receive(
        _ bytes: [UInt8], isBinary: Bool, of number: EngineServer.Number, at now: Int64, into outputs: inout [Output]
    ) {
        // What comes after the end was decided is not heard.
        guard let state = state(number), engine.session(number)?.isClosing != true else { return }
        do throws(SocketError) {
            var socket = state.socket
            let event = try socket.receive(bytes, isBinary: isBinary) { state.state(of: $0) }
            change(number) { $0.socket = socket }
            // The chat limits commands.
            var command: [UInt8]?
            switch event {
            case nil: break
            case .connect(let name, let auth): connect(number, name, auth, at: now, into: &outputs)
            case .event(let name, let arguments, let ack, let attachments):
                guard let participant = BridgeNamespace(rawValue: name).flatMap({ state[$0] }) else { break }
                command = perform(
                    arguments, ack: ack, isBinary: !attachments.isEmpty, participant, at: now, into: &outputs)
            // The bridge asks for no acknowledgements.
            case .acknowledgement: break
            case .disconnect(let name):
                guard let participant = BridgeNamespace(rawValue: name).flatMap({ state[$0] }) else { break }
                leave(participant, at: now, into: &outputs)
                outputs.append(.input(.disconnected(participant.session)))
            }
            let rest = max(bytes.count - (command?.count ?? 0), 0) / BridgeLimits.packetBytes
            for _ in 0..<rest + (command == nil ? 1 : 0) {
                var wait: Int64 = 0
                change(number) {
                    wait = $0.packets.take(
                        interval: 1_000 / BridgeLimits.packetsPerSecond, burst: BridgeLimits.packetBurst, at: now)
                }
                guard wait == 0 else { throw SocketError("Too many packets that are no commands.") }
            }
        } catch {
            close(number, at: now, into: &outputs)
        }
    }

    // MARK: CONNECT

    private mutating func connect(
        _ number: EngineServer.Number, _ name: String, _ auth: [UInt8]?, at now: Int64, into outputs: inout [Output]
    ) {
        guard let state = state(number) else { return }
        guard let namespace = BridgeNamespace(rawValue: name) else {
            return refuse(number, name, Array(#"{"message":"Invalid namespace"}"#.utf8), at: now, into: &outputs)
        }
        let fields = auth.flatMap { try? JSONDecoder().decode(ConnectFields.self, from: Data($0)) } ?? ConnectFields()
        let request = fields.request(state.user, in: namespace, ledger: ledger)
        let form: SocketIOForm =
            namespace == .native
            ? .native : fields.serverOffset != nil ? .numbered : request.wantsRecovery ? .positioned : .text
        let webSocket = engine.session(number)?.webSocket
        // What the ledger answers to a session that has ended must not be taken for an answer to the next one in its slot.
        let session = reserve(state.hasUsedSlot ? nil : webSocket)
        let participant = Participant(
            engine: number, session: session, socketID: newID(), form: form, request: request)
        participants[session.slot] = participant
        change(number) {
            $0[namespace] = participant
            $0.hasUsedSlot = webSocket != nil
        }
        outputs.append(.input(.connected(session, client(number, state.user), webSocket)))
        let hello = namespace == .native ? nativeHello(auth, fields, request) : tutorialHello(fields, request)
        outputs.append(.input(.received(session, hello, command: 0)))
    }

    /// Answers CONNECT with a refusal.
    /// - Parameter json: an object with "message", and "data" where it has more.
    mutating func refuse(
        _ number: EngineServer.Number, _ name: String, _ json: [UInt8], at now: Int64, into outputs: inout [Output]
    ) {
        let packet = SocketPacket(.connectError, namespace: name, json: json)
        send(packet.bytes, to: number, at: now, into: &outputs)
    }

    /// The payload of CONNECT is the hello.
    private func nativeHello(_ auth: [UInt8]?, _ fields: ConnectFields, _ request: ConnectRequest) -> [UInt8] {
        var members = Array((auth.map(EventArguments.split) ?? []).joined(separator: [UInt8(ascii: ",")]))
        if fields.token == nil, let token = request.token {
            members +=
                Array((members.isEmpty ? "" : ",").utf8) + Array(#""token":""#.utf8) + token.utf8 + [UInt8(ascii: "\"")]
        }
        let start = Array(#"{"type":"hello""#.utf8)
        return start + (members.isEmpty ? [] : Array(",".utf8)) + members + Array("}".utf8)
    }

    private func tutorialHello(_ fields: ConnectFields, _ request: ConnectRequest) -> [UInt8] {
        var hello = Array(#"{"type":"hello""#.utf8)
        func add(_ name: String, _ value: [UInt8]) { hello += Array(#","\#(name)":"#.utf8) + value }
        if let name = fields.name { add("name", quoted(name)) }
        if let token = request.token { add("token", quoted(token)) }
        if let position = request.position {
            add("ledger", quoted(position.ledger))
            add("since", Array(String(position.seq).utf8))
        }
        return hello + Array("}".utf8)
    }

    // MARK: events

    /// - Returns: the command that the event has become; nil where it is refused.
    private mutating func perform(
        _ arguments: EventArguments, ack: UInt64?, isBinary: Bool, _ participant: Participant, at now: Int64,
        into outputs: inout [Output]
    ) -> [UInt8]? {
        let session = participant.session
        guard let type = arguments.name else {
            return refuse(session, ack, "unknown-type", "The name of an event is a string.", at: now, into: &outputs)
        }
        guard !isBinary else {
            return refuse(session, ack, "bad-json", "Only text is accepted here.", at: now, into: &outputs)
        }
        guard participant.awaited.count < BridgeLimits.awaitedAnswers else {
            return refuse(
                session, ack, "rate-limited", "Too many events wait for their answers.", at: now, into: &outputs)
        }
        participant.commands += 1
        let command: (json: [UInt8], answer: AwaitedAnswer)
        switch participant.namespace {
        case .native:
            let fields = arguments.elements.count > 1 ? arguments.elements[1] : Array("{}".utf8)
            guard arguments.elements.count <= 2, fields.first == UInt8(ascii: "{") else {
                return refuse(
                    session, ack, "bad-json", "An event has one argument, an object with the fields of its command.",
                    at: now, into: &outputs)
            }
            command = participant.nativeCommand(type, fields, ack: ack ?? 0)
        case .tutorial:
            guard type == "chat message" else {
                return refuse(
                    session, ack, "unknown-type", "There is only the event “chat message” here.", at: now,
                    into: &outputs)
            }
            guard arguments.elements.count >= 2, EventArguments.string(arguments.elements[1]) != nil else {
                return refuse(
                    session, ack, "missing-field", "The first argument of “chat message” is a text.", at: now,
                    into: &outputs)
            }
            command = participant.tutorialCommand(arguments.elements, ack: ack ?? 0)
        }
        if ack != nil {
            var answer = command.answer
            answer.key = participant.messageKey(answer)
            if let key = answer.key { messageSenders[key] = session }
            participant.awaited.append(answer)
        }
        outputs.append(.input(.received(session, command.json, command: participant.commands)))
        return command.json
    }

    /// An event that does not become a command.
    /// - Returns: nil.
    private mutating func refuse(
        _ session: SessionID, _ ack: UInt64?, _ code: String, _ sentence: String, at now: Int64,
        into outputs: inout [Output]
    ) -> [UInt8]? {
        let error = Array(#"{"type":"error","code":"\#(code)","message":"#.utf8) + quoted(sentence) + Array("}".utf8)
        answer(session, ack: ack, error: error, at: now, into: &outputs)
        return nil
    }
}

extension Participant {
    /// A “chat message” as a command: text, and the client's offset where it has one.
    fileprivate func tutorialCommand(_ arguments: [[UInt8]], ack: UInt64) -> (json: [UInt8], answer: AwaitedAnswer) {
        let offset = arguments.count > 2 ? EventArguments.string(arguments[2]) : nil
        let id = offset.map { messageID($0) } ?? "\(socketID):\(commands)"
        let start = #"{"type":"message","id":"\#(id)","room":"#
        let json =
            Array(start.utf8) + (room ?? Array("\"\"".utf8)) + Array(#","text":"#.utf8) + arguments[1]
            + Array("}".utf8)
        return (json, AwaitedAnswer(command: commands, ack: ack, type: "message", id: id))
    }

    /// The id of a message from the tutorial's clientOffset. One that was made before there was a connection begins with
    /// “undefined”, and is unique on its page only.
    private func messageID(_ offset: String) -> String {
        let isScoped = offset.hasPrefix("undefined")
        guard isScoped || !Chat.isMessageID(offset) else { return offset }
        let scope = isScoped ? recoveryID ?? Array(socketID.utf8) : []
        let digest = SHA256.hash(data: scope + Array("\n\(offset)".utf8))
        return digest.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// - Parameters:
    ///   - type: the event's name, as the type of a command; the chat refuses an unknown one.
    ///   - fields: a JSON object.
    fileprivate func nativeCommand(
        _ type: String, _ fields: [UInt8], ack: UInt64
    ) -> (json: [UInt8], answer: AwaitedAnswer) {
        let members = fields.dropFirst().dropLast()
        let json =
            Array(#"{"type":"#.utf8) + quoted(type) + (members.isEmpty ? [] : Array(",".utf8)) + members
            + Array("}".utf8)
        let known = try? JSONDecoder().decode(CommandFields.self, from: Data(fields))
        return (
            json,
            AwaitedAnswer(
                command: commands, ack: ack, type: type, id: known?.id,
                scope: known?.room ?? known?.user.map(AwaitedAnswer.scope(ofUser:)) ?? known?.with,
                before: known?.before)
        )
    }
}

/// The fields of a command that its answer repeats.
private struct CommandFields: Decodable {
    var id: String?
    var room: String?
    var with: String?
    var user: UInt64?
    var before: UInt64?
}
