// Where an endpoint stands, for the process that goes on with its connection: all of it, at a planned restart; or only where
// in a frame, after a crash, when the message under way is lost and its rest has to be passed over.

package import StateCoding

extension Endpoint {
    /// Whether nothing is under way: then there is nothing to know.
    package var isBetweenMessages: Bool { frame.count == 0 && kind == nil }

    /// Where the input stands in a frame. Two words, both 0 between messages.
    package struct Position: Equatable, Sendable {
        package let words: (UInt64, UInt64)

        /// Nothing where the words can't be a position.
        package init?(_ words: (UInt64, UInt64)) {
            self.words = words
            var frame = FrameParser()
            guard frame.restore(missing: words.0, start: UInt16(truncatingIfNeeded: words.1), count: count, key: 0)
            else {
                return nil
            }
            guard fragments <= (flags == 0 ? 0 : WebSocketLimits.fragments), words.1 >> 48 == 0,
                flags == 0 || kind != nil
            else { return nil }
            // A frame of data under way has begun its message.
            guard frame.count == 0 || frame.opcode.isControl || kind != nil else { return nil }
            guard !frame.isLengthRead || frame.missing <= WebSocketLimits.messageBytes else { return nil }
        }

        fileprivate init(_ endpoint: Endpoint) {
            let kind = UInt64(endpoint.kind?.rawValue ?? 0)
            words = (
                UInt64(bitPattern: Int64(endpoint.frame.missing)),
                UInt64(endpoint.frame.start) | UInt64(endpoint.frame.count) << 16 | kind << 24
                    | (endpoint.kind == nil ? 0 : UInt64(endpoint.fragments) << 32)
            )
        }

        fileprivate var start: UInt16 { UInt16(truncatingIfNeeded: words.1) }
        fileprivate var count: UInt8 { UInt8(truncatingIfNeeded: words.1 >> 16) }
        private var flags: UInt8 { UInt8(truncatingIfNeeded: words.1 >> 24) }
        fileprivate var kind: Opcode? { flags == 0 ? nil : Opcode(rawValue: flags).flatMap { $0.isControl ? nil : $0 } }
        fileprivate var fragments: UInt16 { UInt16(truncatingIfNeeded: words.1 >> 32) }

        package static func == (a: Position, b: Position) -> Bool { a.words == b.words }
    }

    package var position: Position { Position(self) }

    /// Passes over the message that was under way there, to its end, and a control frame: their beginning is lost. (A close
    /// frame still ends the connection, without its code.)
    package init(
        skipping position: Position, messageBytes: Int = WebSocketLimits.messageBytes, compression: Bool = false
    ) {
        self.init(messageBytes: messageBytes, compression: compression)
        _ = frame.restore(missing: position.words.0, start: position.start, count: position.count, key: 0)
        kind = position.kind
        fragments = position.fragments
        isSkippingMessage = kind != nil
        isSkippingControl = frame.count > 0 && frame.opcode.isControl
    }

    package func write(to writer: inout StateWriter) {
        frame.write(to: &writer)
        writer.write(UInt64(kind?.rawValue ?? 0))
        writer.write(UInt64(fragments))
        writer.write(isEnded)
        writer.write(isSkippingMessage)
        writer.write(isSkippingControl)
        writer.write(hasCompression)
        writer.write(isCompressed)
        writer.write(message)
        writer.write(control)
    }

    /// Goes on where another one stood.
    package init(reading reader: inout StateReader, messageBytes: Int = WebSocketLimits.messageBytes) throws(StateError)
    {
        self.init(messageBytes: messageBytes)
        frame = try FrameParser(reading: &reader)
        let kind = try reader.integer(UInt8.self)
        self.kind = kind == 0 ? nil : Opcode(rawValue: kind)
        fragments = try reader.integer()
        isEnded = try reader.bool()
        isSkippingMessage = try reader.bool()
        isSkippingControl = try reader.bool()
        hasCompression = try reader.bool()
        isCompressed = try reader.bool()
        message = try reader.byteArray()
        control = try reader.byteArray()
        guard kind == 0 || self.kind?.isControl == false, fragments <= WebSocketLimits.fragments,
            message.count <= messageBytes,
            isEnded || (isMessageSound && isFrameSound(messageBytes))
        else { throw StateError() }
        // What has come of a text says where in a character it stands.
        let isText = self.kind == .text && !isCompressed
        guard isEnded || !isText || checker.accept(message, from: 0) else { throw StateError() }
    }

    /// Whether the message's parts can be together.
    private var isMessageSound: Bool {
        guard hasCompression || !isCompressed && !frame.isCompressed else { return false }
        return message.isEmpty || !isSkippingMessage && kind != nil
    }

    /// Whether the frame under way can be one of this message, or between its fragments.
    private func isFrameSound(_ messageBytes: Int) -> Bool {
        guard kind != nil || !isSkippingMessage else { return false }
        guard frame.count > 0, frame.opcode.isControl else {
            guard control.isEmpty, !isSkippingControl, frame.count == 0 || kind != nil else { return false }
            return !frame.isLengthRead || frame.missing <= messageBytes - message.count
        }
        // All that has come of its payload is there, or nothing where it is passed over.
        return frame.isInPayload && !isSkippingControl ? control.count == frame.taken : control.isEmpty
    }
}

extension FrameParser {
    /// Takes these for its own, where they can be.
    mutating func restore(missing: UInt64, start: UInt16, count: UInt8, key: UInt32) -> Bool {
        guard let missing = Int(exactly: missing) else { return false }
        var opcode = Opcode.continuation
        if count > 0 {
            let first = UInt8(truncatingIfNeeded: count == 1 ? start : start >> 8)
            guard let known = Opcode(rawValue: first & 0x0f), FrameParser.mayBeReserved(first, known),
                !known.isControl || first & 0x80 != 0
            else { return false }
            opcode = known
        }
        self = FrameParser(missing: missing, key: MaskingKey(turned: key), start: start, count: count, opcode: opcode)
        switch count {
        case 0: return missing == 0 && start == 0
        case 1: return missing == 0 && start < 0x100
        default: return isRestorable
        }
    }

    func write(to writer: inout StateWriter) {
        writer.write(UInt64(bitPattern: Int64(missing)))
        writer.write(UInt64(start))
        writer.write(UInt64(count))
        writer.write(UInt64(key.turned))
    }

    init(reading reader: inout StateReader) throws(StateError) {
        self.init()
        let (missing, start) = (try reader.uint64(), try reader.integer(UInt16.self))
        let (count, key) = (try reader.integer(UInt8.self), try reader.integer(UInt32.self))
        guard restore(missing: missing, start: start, count: count, key: key) else { throw StateError() }
    }
}
