// Deflate, undone: one message at a time (RFC 1951; RFC 7692 §7.2.2), by zlib. The unsafe code of compression is in this room.

internal import CZlib

package enum InflationError: Error, Equatable {
    /// It is no deflate stream, or ends in the middle of one.
    case damaged
    /// There is more than was allowed; the rest was not looked at.
    case tooLong
}

/// Remembers nothing between two messages (“no context takeover”, RFC 7692 §7.1.1), so that one serves all connections.
@safe package final class Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    /// What one call of zlib gives at most; nearly all messages are shorter.
    private var piece = [UInt8](repeating: 0, count: 16_384)

    package init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Negative: the bare stream of RFC 1951. A peer may use the largest window, of 2^15 bytes.
        let status = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // It fails only without memory, and then nothing can go on.
        precondition(status == Z_OK, "inflateInit2 failed: \(status)")
    }

    deinit {
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// - Parameters:
    ///   - bytes: a message without the last four bytes of its stream, as it is on the wire (RFC 7692 §7.2.1).
    ///   - limit: the most bytes that may come out.
    package func inflate(_ bytes: [UInt8], limit: Int) throws(InflationError) -> [UInt8] {
        _ = unsafe inflateReset(stream)
        var result: [UInt8] = []
        try take(bytes, limit, into: &result)
        try take([0x00, 0x00, 0xff, 0xff], limit, into: &result)
        // zlib.h, inflate(): bit 7 is set right after the end of a block.
        guard unsafe stream.pointee.data_type & 128 != 0 else { throw .damaged }
        return result
    }

    private func take(_ bytes: [UInt8], _ limit: Int, into result: inout [UInt8]) throws(InflationError) {
        let wrong = unsafe bytes.withUnsafeBufferPointer { bytes -> InflationError? in
            // zlib only reads what next_in points to.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            repeat {
                let status = step(into: &result)
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return .damaged }
                guard result.count <= limit else { return .tooLong }
                // A block that says that it is the last one may be followed by others (RFC 7692 §7.2.3.4).
                if status == Z_STREAM_END { _ = unsafe inflateReset(stream) }
            } while unsafe stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
            return nil
        }
        if let wrong { throw wrong }
    }

    private func step(into result: inout [UInt8]) -> Int32 {
        let (status, count) = unsafe piece.withUnsafeMutableBufferPointer { piece in
            unsafe stream.pointee.next_out = piece.baseAddress
            unsafe stream.pointee.avail_out = UInt32(piece.count)
            let status = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
            return (status, piece.count - Int(unsafe stream.pointee.avail_out))
        }
        result += piece[..<count]
        return status
    }
}
