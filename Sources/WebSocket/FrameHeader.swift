// The header of a client's frame. RFC 6455 §5.2.

/// Collects a frame header, however its bytes are split: at most 14.
struct FrameHeaderParser: Equatable, Sendable {
    /// A whole header, checked as far as it can be by itself.
    struct Header: Equatable, Sendable {
        let isFinal: Bool
        let opcode: Opcode
        let payloadCount: Int
        let key: MaskingKey
    }

    /// The first two bytes, then the extended length, then the key; each shifted in from the right.
    private var start: UInt16 = 0
    private var length: UInt64 = 0
    private var key: UInt32 = 0
    private var count: UInt8 = 0

    /// Takes the next byte.
    /// - Returns: the header, once this was its last byte; the parser is then ready for the next.
    /// - Throws: what the RFC forbids, as soon as a byte shows it.
    mutating func receive(_ byte: UInt8) throws(Failure) -> Header? {
        let position = Int(count)
        count += 1
        if position < 2 {
            start = start << 8 | UInt16(byte)
            if position == 0 { try checkFirst(byte) } else { try checkSecond(byte) }
            return nil
        }
        if position < 2 + extendedBytes {
            length = length << 8 | UInt64(byte)
            if position == 1 + extendedBytes { try checkLength() }
            return nil
        }
        key = key << 8 | UInt32(byte)
        guard position == 2 + extendedBytes + 3 else { return nil }
        let header = Header(
            isFinal: start & 0x8000 != 0, opcode: try opcode(),
            payloadCount: extendedBytes == 0 ? shortLength : Int(length),
            key: MaskingKey(key))
        self = FrameHeaderParser()
        return header
    }

    /// Whether no byte of a header is waiting for the rest.
    var isAtStart: Bool { count == 0 }

    private var shortLength: Int { Int(start & 0x7f) }
    private var extendedBytes: Int { shortLength == 126 ? 2 : shortLength == 127 ? 8 : 0 }

    private func opcode() throws(Failure) -> Opcode {
        // §5.2: an unknown opcode fails the connection.
        guard let opcode = Opcode(rawValue: UInt8(start >> 8 & 0x0f)) else {
            throw Failure(.protocolError, "An opcode that RFC 6455 does not define.")
        }
        return opcode
    }

    private func checkFirst(_ byte: UInt8) throws(Failure) {
        // §5.2: RSV1-3 must be 0 unless an extension gives them a meaning; none is negotiated.
        guard byte & 0x70 == 0 else { throw Failure(.protocolError, "A reserved bit is set without an extension.") }
        guard let opcode = Opcode(rawValue: byte & 0x0f) else {
            throw Failure(.protocolError, "An opcode that RFC 6455 does not define.")
        }
        // §5.5: control frames must not be fragmented.
        guard !opcode.isControl || byte & 0x80 != 0 else {
            throw Failure(.protocolError, "A control frame in fragments.")
        }
    }

    private func checkSecond(_ byte: UInt8) throws(Failure) {
        // §5.1: a server must close the connection upon a frame that is not masked.
        guard byte & 0x80 != 0 else { throw Failure(.protocolError, "A frame that is not masked.") }
        // §5.5: control frames have at most 125 bytes.
        guard try !opcode().isControl || shortLength <= Limits.controlBytes else {
            throw Failure(.protocolError, "A control frame of more than 125 bytes.")
        }
    }

    private func checkLength() throws(Failure) {
        // §5.2: the most significant bit must be 0, and the shortest form must be used.
        guard length >> 63 == 0, length > (extendedBytes == 2 ? 125 : 65_535) else {
            throw Failure(.protocolError, "A length that is not in its shortest form.")
        }
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
