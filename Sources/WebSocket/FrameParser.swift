// A client's frame as it comes in: the header byte by byte, then the payload. RFC 6455 §5.2.

/// Where in a frame the connection stands. What the RFC forbids in a header is found at the byte that shows it.
struct FrameParser: Equatable, Sendable {
    /// What the last byte of the header has settled.
    enum HeaderProgress: Equatable { case nothing, opcode, payloadCount, key }

    /// The payload's length as far as it is read; once the header is whole, how much of the payload is missing.
    private(set) var missing = 0
    /// The key as on the wire, then as it stands for the next byte.
    private(set) var key = MaskingKey(0)
    /// The first two bytes, shifted in from the right.
    private(set) var start: UInt16 = 0
    /// Bytes of the header so far.
    private(set) var count: UInt8 = 0

    var isFinal: Bool { start & 0x8000 != 0 }
    /// RFC 7692 §6: RSV1 of a message's first frame says that the message is compressed.
    var isCompressed: Bool { start & (count == 1 ? 0x40 : 0x4000) != 0 }
    /// Settled with the first byte; until then a continuation.
    private(set) var opcode = Opcode.continuation
    /// Whether the header is whole, and what comes next is payload (or the next frame, where nothing is missing).
    var isInPayload: Bool { count > 1 && Int(count) == 6 + extendedBytes }

    init() {}

    /// As it stood somewhere else.
    init(missing: Int, key: MaskingKey, start: UInt16, count: UInt8, opcode: Opcode) {
        (self.missing, self.key, self.start, self.count, self.opcode) = (missing, key, start, count, opcode)
    }

    /// Whether the payload's length is known.
    var isLengthRead: Bool { count > 1 && Int(count) >= 2 + extendedBytes }

    /// How much of a control frame's payload has come.
    var taken: Int { shortLength - missing }

    /// Whether, with two bytes of the header or more, it can stand as it does.
    var isRestorable: Bool {
        guard start & 0x80 != 0, Int(count) <= 6 + extendedBytes else { return false }
        if opcode.isControl, shortLength > WebSocketLimits.controlBytes { return false }
        // The length so far has as many bytes as were read of it.
        guard isLengthRead else { return missing < 1 << (8 * (Int(count) - 2)) }
        // With the last byte of its payload a frame is over.
        guard !isInPayload || missing > 0 else { return false }
        return extendedBytes > 0 || (isInPayload ? missing <= shortLength : missing == shortLength)
    }

    /// Passes over the next bytes of the payload, no more than are missing.
    mutating func skip(_ count: Int) { missing -= count }

    /// Takes the next byte of the header.
    /// - Parameter compression: whether permessage-deflate is in use.
    mutating func receive(_ byte: UInt8, compression: Bool = false) throws(Failure) -> HeaderProgress {
        let position = Int(count)
        count += 1
        switch position {
        case 0:
            start = UInt16(byte)
            try takeFirst(byte, compression)
            return .opcode
        case 1:
            start = start << 8 | UInt16(byte)
            try takeSecond(byte)
            return extendedBytes == 0 ? .payloadCount : .nothing
        case ..<(2 + extendedBytes):
            return try takeLength(byte, isFirst: position == 2, isLast: position == 1 + extendedBytes)
        default:
            key.shiftIn(byte)
            return isInPayload ? .key : .nothing
        }
    }

    /// Unmasks the next bytes of the payload, no more than are missing.
    /// - Returns: as `MaskingKey.append`.
    mutating func unmask(_ bytes: Span<UInt8>, to buffer: inout [UInt8]) -> UInt8 {
        missing -= bytes.count
        return key.append(bytes, to: &buffer)
    }

    private var shortLength: Int { Int(start & 0x7f) }
    private var extendedBytes: Int { shortLength == 126 ? 2 : shortLength == 127 ? 8 : 0 }

    private mutating func takeFirst(_ byte: UInt8, _ compression: Bool) throws(Failure) {
        // §5.2: an unknown opcode fails the connection.
        guard let opcode = Opcode(rawValue: byte & 0x0f) else {
            throw Failure(.protocolError, "An opcode that RFC 6455 does not define.")
        }
        // §5.2: RSV1-3 must be 0 unless an extension gives them a meaning.
        guard byte & 0x70 == 0 || compression && FrameParser.mayBeReserved(byte, opcode) else {
            throw Failure(.protocolError, "A reserved bit is set without an extension.")
        }
        // §5.5: control frames must not be fragmented.
        guard !opcode.isControl || byte & 0x80 != 0 else {
            throw Failure(.protocolError, "A control frame in fragments.")
        }
        self.opcode = opcode
    }

    /// Whether the reserved bits of a frame's first byte are as permessage-deflate allows them: RSV1 is for the first frame
    /// of a message (RFC 7692 §6.1), and for no control frame (§6).
    static func mayBeReserved(_ byte: UInt8, _ opcode: Opcode) -> Bool {
        byte & 0x70 == 0 || byte & 0x70 == 0x40 && (opcode == .text || opcode == .binary)
    }

    private mutating func takeSecond(_ byte: UInt8) throws(Failure) {
        // §5.1: a server must close the connection upon a frame that is not masked.
        guard byte & 0x80 != 0 else { throw Failure(.protocolError, "A frame that is not masked.") }
        // §5.5: control frames have at most 125 bytes.
        guard !opcode.isControl || shortLength <= WebSocketLimits.controlBytes else {
            throw Failure(.protocolError, "A control frame of more than 125 bytes.")
        }
        if extendedBytes == 0 { missing = shortLength }
    }

    private mutating func takeLength(_ byte: UInt8, isFirst: Bool, isLast: Bool) throws(Failure) -> HeaderProgress {
        // §5.2: the most significant bit of a 64-bit length must be 0.
        guard !isFirst || extendedBytes == 2 || byte & 0x80 == 0 else {
            throw Failure(.protocolError, "A length of 2^63 or more.")
        }
        missing = missing << 8 | Int(byte)
        guard isLast else { return .nothing }
        // §5.2: the shortest form must be used.
        guard missing > (extendedBytes == 2 ? 125 : 65_535) else {
            throw Failure(.protocolError, "A length that is not in its shortest form.")
        }
        return .payloadCount
    }
}

/// Why the connection must be failed (§7.1.7): the code of the close frame and a sentence for people.
struct Failure: Error, Equatable {
    let code: CloseCode
    let reason: String

    init(_ code: CloseCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
