// One server side of one WebSocket connection: bytes in, events out. RFC 6455 §5 to §8.
//
// Plain values, no buffer of its own while no message is under way.

package struct Endpoint: Sendable {
    /// What the peer did.
    package enum Event: Equatable, Sendable {
        /// A whole message, valid UTF-8.
        case text([UInt8])
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        /// The peer's close frame; the code is nil where it has none.
        case close(UInt16?, reason: String)
        /// The peer broke the protocol: the code to close with, and a sentence for people.
        case failed(CloseCode, String)
    }

    private enum Stage: Equatable {
        case header
        /// Inside of a frame's payload, so many bytes of which are missing.
        case payload(FrameHeaderParser.Header, missing: Int)
        /// After a close frame or a failure: nothing more counts (§5.5.1, §7.1.7).
        case ended
    }

    private let messageBytes: Int
    private var parser = FrameHeaderParser()
    private var stage = Stage.header
    private var key = MaskingKey(0)
    /// The message under way: its kind (nil between messages), what there is of it, its fragments.
    private var kind: Opcode?
    private var message: [UInt8] = []
    private var fragments: UInt16 = 0
    private var checker = UTF8Checker()
    /// The payload of the control frame under way, which may stand between two fragments (§5.4).
    private var control: [UInt8] = []

    /// - Parameter messageBytes: the longest message.
    package init(messageBytes: Int = Limits.messageBytes) { self.messageBytes = messageBytes }

    /// Takes all bytes, and calls `handle` for each event in order. After `close` or `failed` nothing more is heard.
    package mutating func receive(_ bytes: Span<UInt8>, _ handle: (Event) -> Void) {
        do throws(Failure) {
            var index = 0
            while index < bytes.count {
                switch stage {
                case .ended: return
                case .header:
                    if let header = try parser.receive(bytes[index]) { try begin(header, handle) }
                    index += 1
                case .payload(let header, let missing):
                    let count = min(missing, bytes.count - index)
                    try take(bytes.extracting(index..<index + count), of: header)
                    index += count
                    stage = .payload(header, missing: missing - count)
                    if count == missing { try end(header, handle) }
                }
            }
        } catch {
            finish()
            handle(.failed(error.code, error.reason))
        }
    }

    private mutating func begin(_ header: FrameHeaderParser.Header, _ handle: (Event) -> Void) throws(Failure) {
        switch header.opcode {
        case .text, .binary:
            // §5.4: the fragments of one message must not be interleaved with another.
            guard kind == nil else { throw Failure(.protocolError, "A new message inside of another.") }
            kind = header.opcode
            fragments = 0
        case .continuation:
            guard kind != nil else { throw Failure(.protocolError, "A continuation without a beginning.") }
        case .close, .ping, .pong: break
        }
        if !header.opcode.isControl {
            guard header.payloadCount <= messageBytes - message.count else {
                throw Failure(.messageTooBig, "A message has at most \(messageBytes) bytes here.")
            }
            fragments += 1
            guard fragments <= Limits.fragments else {
                throw Failure(.policyViolation, "A message has at most \(Limits.fragments) fragments here.")
            }
        }
        key = header.key
        stage = .payload(header, missing: header.payloadCount)
        if header.payloadCount == 0 { try end(header, handle) }
    }

    /// Part of the frame's payload. What a header announces is not reserved: only what came takes memory.
    private mutating func take(_ bytes: Span<UInt8>, of header: FrameHeaderParser.Header) throws(Failure) {
        guard !header.opcode.isControl else {
            let start = control.count
            control.append(bytes)
            return key.apply(to: &control, from: start)
        }
        let start = message.count
        message.append(bytes)
        key.apply(to: &message, from: start)
        // §8.1: invalid UTF-8 fails the connection.
        guard kind != .text || checker.accept(message, from: start) else { throw .invalidText }
    }

    private mutating func end(_ header: FrameHeaderParser.Header, _ handle: (Event) -> Void) throws(Failure) {
        stage = .header
        if header.opcode.isControl {
            let payload = control
            control = []
            return try endControl(header.opcode, payload, handle)
        }
        guard header.isFinal, let kind else { return }
        guard kind != .text || checker.isAtBoundary else { throw .invalidText }
        let whole = message
        message = []
        self.kind = nil
        handle(kind == .text ? .text(whole) : .binary(whole))
    }

    private mutating func endControl(
        _ opcode: Opcode, _ payload: [UInt8], _ handle: (Event) -> Void
    ) throws(Failure) {
        switch opcode {
        case .ping: handle(.ping(payload))
        case .pong: handle(.pong(payload))
        default:
            let event = try Endpoint.closeEvent(payload)
            finish()
            handle(event)
        }
    }

    /// §5.5.1: nothing, or a code of two bytes and a reason in UTF-8.
    private static func closeEvent(_ payload: [UInt8]) throws(Failure) -> Event {
        if payload.isEmpty { return .close(nil, reason: "") }
        guard payload.count >= 2 else { throw Failure(.protocolError, "A close frame with half a code.") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard CloseCode(rawValue: code).mayBeSent else {
            throw Failure(.protocolError, "A close code that may not be sent.")
        }
        var checker = UTF8Checker()
        guard checker.accept(payload, from: 2), checker.isAtBoundary else { throw .invalidText }
        return .close(code, reason: String(decoding: payload[2...], as: UTF8.self))
    }

    private mutating func finish() {
        stage = .ended
        message = []
        control = []
    }
}

extension Failure {
    fileprivate static let invalidText = Failure(.invalidPayload, "A text that is not UTF-8.")
}

extension [UInt8] {
    fileprivate mutating func append(_ bytes: Span<UInt8>) {
        reserveCapacity(Swift.max(count + bytes.count, Swift.min(2 * count, Limits.messageBytes)))
        for index in bytes.indices { append(bytes[index]) }
    }
}
