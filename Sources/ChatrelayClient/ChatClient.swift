// A client of chatrelay.v1 (Sources/Chat/PROTOCOL.md) that stays connected.
//
// Purpose: `run()` connects, and comes back after each break with its position, so that `events` has no hole and no repeat;
// `send` repeats a message under one id until the server has acknowledged it.
// Ownership: the actor owns one `ProtocolState`, which knows no connection. While there is a connection, the actor has the stream into which
// it puts the commands for the server.

#if Client

public actor ChatClient {
    /// What happens, in order, for one consumer. The stream ends when `run` does.
    ///
    /// `ChatSettings.bufferedEvents` wait for the consumer. Where it is slower, the client disconnects, and comes back with the position
    /// of the last event that found room: a message is late, not lost.
    public nonisolated let events: AsyncStream<ChatEvent>

    private let settings: ChatSettings
    private var state: ProtocolState
    private let consumer: AsyncStream<ChatEvent>.Continuation
    /// What is to be sent on the connection; nil without one.
    private var outgoing: AsyncStream<Outgoing>.Continuation?
    private var answers: [String: CheckedContinuation<Result<UInt64, ChatError>, Never>] = [:]
    private var isEnded = false

    /// Bytes of a text as JSON: above 64 KiB the server closes the connection, and the message must not be repeated.
    private static let longestText = 65_000
    private static let longestDelay = 30.0

    private struct SlowConsumer: Error, CustomStringConvertible {
        let description = "The events are taken too slowly."
    }

    public init(_ settings: ChatSettings) {
        self.settings = settings
        state = ProtocolState(
            token: settings.token, name: settings.name, rooms: settings.rooms, create: settings.createsRooms)
        (events, consumer) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(settings.bufferedEvents))
    }

    /// Stays connected until its task is cancelled. Call it once.
    /// - Throws: `closed` where the server says that the client must not come back (42xx), `refused` where `hello` is refused.
    public func run() async throws(ChatError) {
        defer { end() }
        var attempts = 0
        while !Task.isCancelled {
            var end = ConnectionEnd(code: nil, reason: "")
            do {
                end = try await connect()
            } catch let error as ChatError {
                throw error
            } catch {
                end.reason = "\(error)"
            }
            attempts = state.isWelcome ? 0 : attempts + 1
            state.disconnected()
            outgoing = nil
            guard !Task.isCancelled else { return }
            if let code = end.code, 4200..<4300 ~= code { throw .closed(code: code, reason: end.reason) }
            consumer.yield(.disconnected(reason: end.reason))
            // 1 s, 2 s, 4 s …, each client at another moment. A slow reader may come back at once.
            guard end.code != 4000 else { continue }
            let longest = min(ChatClient.longestDelay, Double(1 << min(attempts, 5)))
            try? await Task.sleep(for: .seconds(.random(in: longest / 2...longest)))
        }
    }

    /// Sends a message, and repeats it until the server has stored it.
    /// - Parameter id: 1 to 64 characters of `A-Z a-z 0-9 - _ . :`. A message that was sent before under this id is not stored again.
    /// - Returns: its sequence number.
    /// - Throws: `refused`; `ended` where `run` has ended before. The message may be stored then: send it again with its id.
    @discardableResult
    public func send(_ text: String, to room: String, id: String = ChatClient.newID()) async throws(ChatError) -> UInt64
    {
        guard !isEnded else { throw .ended }
        guard answers[id] == nil else {
            throw .refused(code: "bad-id", sentence: "A message with the id \(id) is on its way.")
        }
        guard encoded(text).utf8.count <= ChatClient.longestText else {
            throw .refused(
                code: "text-too-long", sentence: "The text has more than \(ChatClient.longestText) bytes of JSON.")
        }
        let result = await withCheckedContinuation { answer in
            answers[id] = answer
            perform(state.send(id: id, room: room, text: text))
        }
        return try result.get()
    }

    /// 128 random bits.
    public static func newID() -> String {
        String(UInt64.random(in: .min ... .max), radix: 36) + "-" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    // MARK: one connection

    private func connect() async throws -> ConnectionEnd {
        let (texts, continuation) = AsyncStream<Outgoing>.makeStream()
        defer { continuation.finish() }
        return try await Connection.run(settings.endpoint, sending: texts, replies: continuation) { input in
            switch input {
            case .open: await self.opened(continuation)
            case .text(let json): try await self.received(json)
            }
        }
    }

    private func opened(_ connection: AsyncStream<Outgoing>.Continuation) {
        outgoing = connection
        perform(state.connected())
    }

    private func received(_ json: String) throws {
        let before = state
        let actions = try state.received(json)
        perform(actions)
        for case .tell(let event) in actions {
            guard case .dropped = consumer.yield(event) else { continue }
            state.goBack(to: before)
            throw SlowConsumer()
        }
    }

    private func perform(_ actions: [ProtocolState.Action]) {
        for action in actions {
            switch action {
            case .tell: break
            case .transmit(let json): outgoing?.yield(.text(json))
            case .answer(let id, let result): answers.removeValue(forKey: id)?.resume(returning: result)
            case .transmitLater(let id, let milliseconds):
                Task {
                    try? await Task.sleep(for: .milliseconds(milliseconds))
                    perform(state.sendAgain(id: id))
                }
            }
        }
    }

    private func end() {
        isEnded = true
        outgoing = nil
        for answer in answers.values { answer.resume(returning: .failure(.ended)) }
        answers = [:]
        consumer.finish()
    }
}

#endif
