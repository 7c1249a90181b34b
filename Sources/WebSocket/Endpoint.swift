// One server side of one WebSocket connection: bytes in, events out. RFC 6455 §5 to §8, and RFC 7692 §6.2.
//
// Plain values, no buffer of its own while no message is under way.

package import Compression

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

    /// In one byte, for there are many endpoints.
    private struct Flags: OptionSet {
        var rawValue: UInt8
        static let ended = Flags(rawValue: 1)
        static let skippingMessage = Flags(rawValue: 2)
        static let skippingControl = Flags(rawValue: 4)
        static let compression = Flags(rawValue: 8)
        static let compressedMessage = Flags(rawValue: 16)

        mutating func set(_ flag: Flags, to on: Bool) {
            if on { insert(flag) } else { remove(flag) }
        }
    }

    private let messageBytes: UInt32
    private let mostFragments: UInt16
    var frame = FrameParser()
    /// The message under way: its kind (nil between messages), its fragments, what there is of it.
    var kind: Opcode?
    var fragments: UInt16 = 0
    var checker = UTF8Checker()
    /// After a close frame or a failure: nothing more counts (§5.5.1, §7.1.7).
    var isEnded: Bool {
        get { flags.contains(.ended) }
        set { flags.set(.ended, to: newValue) }
    }
    /// Whether the message, or the control frame, that is under way is passed over.
    var isSkippingMessage: Bool {
        get { flags.contains(.skippingMessage) }
        set { flags.set(.skippingMessage, to: newValue) }
    }
    var isSkippingControl: Bool {
        get { flags.contains(.skippingControl) }
        set { flags.set(.skippingControl, to: newValue) }
    }
    /// Whether permessage-deflate was agreed on.
    package internal(set) var hasCompression: Bool {
        get { flags.contains(.compression) }
        set { flags.set(.compression, to: newValue) }
    }
    /// Whether the message under way is compressed; then `message` is what came, not what it says.
    var isCompressed: Bool {
        get { flags.contains(.compressedMessage) }
        set { flags.set(.compressedMessage, to: newValue) }
    }
    private var flags = Flags()
    var message: [UInt8] = []
    /// The payload of the control frame under way, which may stand between two fragments (§5.4).
    var control: [UInt8] = []

    /// - Parameters:
    ///   - messageBytes: the longest message, also once it is inflated; below 4 GiB.
    ///   - fragments: the most fragments of a message; all, where it is the largest number.
    ///   - compression: whether permessage-deflate was agreed on.
    package init(
        messageBytes: Int = WebSocketLimits.messageBytes, fragments: UInt16 = WebSocketLimits.fragments,
        compression: Bool = false
    ) {
        self.messageBytes = UInt32(messageBytes)
        mostFragments = fragments
        hasCompression = compression
    }

    /// What the message under way takes in memory.
    package var keptBytes: Int { message.capacity + control.capacity }

    /// Takes all bytes, and calls `handle` for each event in order. After `close` or `failed` nothing more is heard.
    /// - Parameter inflater: needed where permessage-deflate was agreed on; any will do at any time.
    package mutating func receive(_ bytes: Span<UInt8>, _ inflater: Inflater? = nil, _ handle: (Event) -> Void) {
        var index = 0
        do throws(Failure) {
            while index < bytes.count, !isEnded {
                if frame.isInPayload {
                    let count = min(frame.missing, bytes.count - index)
                    try take(bytes.extracting(index..<index + count))
                    index += count
                } else {
                    try step(bytes[index])
                    index += 1
                }
                if frame.isInPayload, frame.missing == 0 { try endFrame(inflater, handle) }
            }
        } catch {
            finish()
            handle(.failed(error.code, error.reason))
        }
    }

    private mutating func step(_ byte: UInt8) throws(Failure) {
        switch try frame.receive(byte, compression: hasCompression) {
        case .opcode: if !frame.opcode.isControl { try beginFragment() }
        case .payloadCount:
            guard frame.opcode.isControl || frame.missing <= Int(messageBytes) - message.count else {
                throw Failure(.messageTooBig, "A message has at most \(messageBytes) bytes here.")
            }
        case .key, .nothing: break
        }
    }

    private mutating func beginFragment() throws(Failure) {
        if frame.opcode == .continuation {
            guard kind != nil else { throw Failure(.protocolError, "A continuation frame without a message.") }
        } else {
            // §5.4: the fragments of one message must not be interleaved with another.
            guard kind == nil else { throw Failure(.protocolError, "A new message inside another message.") }
            kind = frame.opcode
            isCompressed = frame.isCompressed
            fragments = 0
        }
        guard fragments < mostFragments || mostFragments == .max else {
            throw Failure(.policyViolation, "A message has at most \(mostFragments) fragments here.")
        }
        if fragments < .max { fragments += 1 }
    }

    /// Part of the frame's payload. What a header announces is not reserved: only what came takes memory.
    private mutating func take(_ bytes: Span<UInt8>) throws(Failure) {
        if frame.opcode.isControl ? isSkippingControl : isSkippingMessage { return frame.skip(bytes.count) }
        guard !frame.opcode.isControl else {
            _ = frame.unmask(bytes, to: &control)
            return
        }
        let start = message.count
        let seen = frame.unmask(bytes, to: &message)
        guard kind == .text, !isCompressed, seen >= 0x80 || !checker.isAtBoundary else { return }
        // §8.1: invalid UTF-8 fails the connection.
        guard checker.accept(message, from: start) else { throw .invalidText }
    }

    private mutating func endFrame(_ inflater: Inflater?, _ handle: (Event) -> Void) throws(Failure) {
        let (opcode, isFinal) = (frame.opcode, frame.isFinal)
        frame = FrameParser()
        if opcode.isControl {
            let (payload, isSkipped) = (control, isSkippingControl)
            control = []
            isSkippingControl = false
            if isSkipped, opcode != .close { return }
            return try endControl(opcode, payload, handle)
        }
        guard isFinal else { return }
        guard !isSkippingMessage else {
            isSkippingMessage = false
            return kind = nil
        }
        if isCompressed { try inflate(inflater) }
        guard checker.isAtBoundary else { throw .invalidText }
        let (whole, isText) = (message, kind == .text)
        message = []
        kind = nil
        handle(isText ? .text(whole) : .binary(whole))
    }

    /// RFC 7692 §6.2: the message is whole, and becomes what it says.
    private mutating func inflate(_ inflater: Inflater?) throws(Failure) {
        guard let inflater else { preconditionFailure("permessage-deflate was agreed on without an inflater") }
        let limit = min(Int(messageBytes), message.count * WebSocketLimits.inflationRatio)
        do throws(InflationError) {
            message = try inflater.inflate(message, limit: limit)
        } catch {
            switch error {
            case .damaged: throw Failure(.invalidPayload, "A compressed message that can't be inflated.")
            case .tooLong:
                throw Failure(.messageTooBig, "A message has at most \(limit) bytes here, once it is inflated.")
            }
        }
        guard kind != .text || checker.accept(message, from: 0) else { throw .invalidText }
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
        guard payload.count >= 2 else { throw Failure(.protocolError, "A close frame with one byte of a code.") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard CloseCode(rawValue: code).mayBeSent else {
            throw Failure(.protocolError, "A close code that may not be sent.")
        }
        var checker = UTF8Checker()
        guard checker.accept(payload, from: 2), checker.isAtBoundary else { throw .invalidText }
        return .close(code, reason: String(decoding: payload[2...], as: UTF8.self))
    }

    private mutating func finish() {
        isEnded = true
        frame = FrameParser()
        kind = nil
        message = []
        control = []
    }
}

extension Failure {
    fileprivate static let invalidText = Failure(.invalidPayload, "A text that is not UTF-8.")
}
