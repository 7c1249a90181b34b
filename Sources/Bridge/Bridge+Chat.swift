// What the chat sends to sessions of the bridge: the answer to CONNECT, events and acknowledgements.

package import Chat
internal import SocketIO

extension Bridge {
    // MARK: one session

    /// As `Transport.send`.
    package mutating func send(_ json: [UInt8], to session: SessionID, at now: Int64, into outputs: inout [Output]) {
        guard let participant = participants[session.slot], participant.session == session else { return }
        let event = ChatEvent(json)
        let type = event.type
        if participant.name == nil {
            switch type {
            case "welcome": welcome(session, event, at: now, into: &outputs)
            case "error": refuseHello(session, event, at: now, into: &outputs)
            default: break
            }
            return
        }
        if type == "renamed" {
            participant.name = event["name"].map { String(decoding: $0, as: UTF8.self) }
            // It says nothing of what the client missed.
            guard participant.isConnected else { return }
        }
        if !participant.isConnected { accept(session, hasGap: event["gap"] != nil, at: now, into: &outputs) }
        switch type {
        case "error": return refused(session, event, at: now, into: &outputs)
        case "ack": return acknowledge(session, event, at: now, into: &outputs)
        default: break
        }
        let answered = takeAnswered(by: event, type, of: session)
        guard answered.isEmpty else {
            for one in answered { sendAck(session, one.ack, json, at: now, into: &outputs) }
            return
        }
        emit(event, type, to: session, at: now, into: &outputs)
        if Bridge.ownEvents.contains(type), let name = participant.name,
            event["from"]?.elementsEqual(name.utf8) == true
        {
            acknowledge(session, event, at: now, into: &outputs)
        }
    }

    /// The events that acknowledge a command of their sender by its id.
    private static let ownEvents = ["message", "private", "edited", "deleted", "reaction", "topic"]

    private mutating func emit(
        _ event: ChatEvent, _ type: String, to session: SessionID, at now: Int64, into outputs: inout [Output]
    ) {
        guard let participant = participants[session.slot] else { return }
        var events = [event.json]
        if participant.namespace == .tutorial, type == "history" {
            // What a newcomer gets of a room. Old messages are no different from new ones in the tutorial.
            let floor = participant.request?.floor ?? 0
            events = event.list("messages").filter { ChatEvent($0).number("seq") ?? .max > floor }
            participant.request = nil
        }
        for json in events {
            guard let message = participant.form.message(of: json, ledger: ledger) else { continue }
            send(message, to: participant.engine, at: now, into: &outputs)
        }
    }

    /// Sends a packet of Socket.IO.
    mutating func send(
        _ message: [UInt8], to number: EngineServer.Number, at now: Int64, into outputs: inout [Output]
    ) {
        change(at: now, into: &outputs) { $0.send(EnginePacket(.message, message), to: number, at: now, into: &$1) }
    }

    // MARK: rooms

    /// As `Transport.publish`, for polled sessions; and the acknowledgement of the message's sender.
    package mutating func publish(
        _ published: inout SocketIOEvent, to room: RoomID, at now: Int64, into outputs: inout [Output]
    ) {
        for session in polled[room.index] ?? [] {
            guard let participant = participants[session.slot], let message = published.message(participant.form)
            else { continue }
            send(message, to: participant.engine, at: now, into: &outputs)
        }
        guard !messageSenders.isEmpty,
            Bridge.ownEvents.contains(where: { ChatEvent.type(of: published.json).elementsEqual($0.utf8) })
        else { return }
        let event = ChatEvent(published.json)
        guard let name = event["from"], let id = event.string("id"), let sender = messageSenders[name + id.utf8] else {
            return
        }
        acknowledge(sender, event, at: now, into: &outputs)
    }

    /// As `Transport.subscribe`.
    package mutating func subscribe(_ session: SessionID, to room: RoomID, into outputs: inout [Output]) {
        guard let participant = participants[session.slot], participant.session == session else { return }
        if let carrier = engine.session(participant.engine)?.webSocket {
            outputs.append(.subscribe(carrier, room, participant.form))
        } else {
            polled[room.index, default: []].append(session)
            polledRooms[session.slot, default: []].append(room)
        }
    }

    /// As `Transport.unsubscribe`.
    package mutating func unsubscribe(_ session: SessionID, from room: RoomID, into outputs: inout [Output]) {
        guard let participant = participants[session.slot], participant.session == session else { return }
        if let carrier = engine.session(participant.engine)?.webSocket {
            outputs.append(.unsubscribe(carrier, room, participant.form))
        } else {
            polled[room.index]?.removeAll { $0 == session }
            polledRooms[session.slot]?.removeAll { $0 == room }
        }
    }

    /// As `Transport.close`. A client that an administrator has removed gets a DISCONNECT, after which it does not connect again by itself.
    /// All others lose their connection, after which they do.
    /// - Returns: whether the session was one of the bridge's.
    package mutating func close(
        _ session: SessionID, _ reason: CloseReason, at now: Int64, into outputs: inout [Output]
    ) -> Bool {
        guard let participant = participants[session.slot], participant.session == session else { return false }
        let number = participant.engine
        leave(participant, at: now, into: &outputs)
        outputs.append(.input(.released(session)))
        if !(4200...4299 ~= reason.code) {
            close(number, at: now, into: &outputs)
        } else if !participant.isConnected {
            let message =
                Array(#"{"message":"#.utf8) + quoted(reason.reason) + Array(#","data":{"code":\#(reason.code)}}"#.utf8)
            refuse(number, participant.namespace.rawValue, message, at: now, into: &outputs)
        } else {
            let packet = SocketPacket(.disconnect, namespace: participant.namespace.rawValue)
            send(packet.bytes, to: number, at: now, into: &outputs)
        }
        return true
    }

    // MARK: the answer to CONNECT

    private mutating func welcome(
        _ session: SessionID, _ event: ChatEvent, at now: Int64, into outputs: inout [Output]
    ) {
        guard let participant = participants[session.slot], let request = participant.request,
            let seq = event.number("seq")
        else { return }
        participant.name = event["name"].map { String(decoding: $0, as: UTF8.self) }
        participant.room = event.list("rooms").first.map { shared($0) }
        // Its number is another ledger's.
        if request.floor > seq { request.floor = 0 }
        request.welcome = RecoveryID(
            token: event.string("token") ?? request.token ?? "", start: LogPosition(ledger: ledger, seq: seq))
        let comesBack = request.recoveryID != nil
        // Who comes back is told whether it gets everything that it missed. The next event tells.
        guard !comesBack else { return }
        accept(session, hasGap: true, at: now, into: &outputs)
        if participant.namespace == .native {
            let message = SocketIOForm.native.message(of: event.json, ledger: ledger) ?? []
            send(message, to: participant.engine, at: now, into: &outputs)
        }
    }

    /// The name of the default room, in one array for all who have the same one.
    mutating func shared(_ room: [UInt8]) -> [UInt8] {
        if room != defaultRoom { defaultRoom = room }
        return defaultRoom
    }

    /// - Parameter hasGap: whether the client is a new one, or does not get everything that it missed.
    private mutating func accept(
        _ session: SessionID, hasGap: Bool, at now: Int64, into outputs: inout [Output]
    ) {
        guard let participant = participants[session.slot], let request = participant.request else { return }
        participant.isConnected = true
        engine.keep(participant.engine)
        var bytes = Array(#"{"sid":"\#(participant.socketID)""#.utf8)
        var id = request.recoveryID
        if request.wantsRecovery, let new = request.welcome {
            let given = (hasGap ? nil : id) ?? new.text
            bytes += Array(#","pid":"#.utf8) + quoted(given)
            id = given
        }
        participant.recoveryID = id.map { Array($0.utf8) }
        (request.token, request.position, request.recoveryID, request.welcome) = (nil, nil, nil, nil)
        // What is to be left out of the newest messages.
        if !hasGap || request.floor == 0 { participant.request = nil }
        let packet = SocketPacket(
            .connect, namespace: participant.namespace.rawValue, json: bytes + Array("}".utf8))
        send(packet.bytes, to: participant.engine, at: now, into: &outputs)
    }

    /// The chat has refused the hello. The client may connect again, with another name for example.
    private mutating func refuseHello(
        _ session: SessionID, _ event: ChatEvent, at now: Int64, into outputs: inout [Output]
    ) {
        guard let participant = participants[session.slot] else { return }
        let number = participant.engine
        leave(participant, at: now, into: &outputs)
        outputs.append(.input(.disconnected(session)))
        // A client does not try again after a refusal, but after the end of its connection.
        guard event.string("code") != "try-again" else { return close(number, at: now, into: &outputs) }
        let message = Array(#"{"message":"#.utf8) + (event["message"] ?? []) + Array(#","data":"#.utf8)
        refuse(
            number, participant.namespace.rawValue, message + event.json + Array("}".utf8), at: now,
            into: &outputs)
    }
}
