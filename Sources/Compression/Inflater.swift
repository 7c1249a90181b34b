// Decompresses WebSocket messages with zlib, each by itself. RFC 1951, RFC 7692 §7.2.2.

internal import CZlib

package enum InflationError: Error, Equatable {
    /// The bytes are no deflate stream, or end inside a block.
    case damaged
    /// The result is longer than the limit; the rest was not decompressed.
    case tooLong
}

/// Keeps no state between messages (“no context takeover”, RFC 7692 §7.1.1), so one serves all connections.
@safe package final class Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    /// The output buffer of one call of zlib. Nearly all messages are shorter.
    private var piece = [UInt8](repeating: 0, count: 16_384)

    package init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Negative: a raw stream (RFC 1951). A peer may use the largest window, 2^15 bytes.
        let status = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // Fails only where there is no memory left.
        precondition(status == Z_OK, "inflateInit2 failed: \(status)")
    }

    deinit {
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// - Parameters:
    ///   - bytes: the payload of a compressed message, without the last four bytes of its stream (RFC 7692 §7.2.1).
    ///   - limit: the most bytes of the result.
    /// - Throws: `.damaged` for an invalid stream, `.tooLong` for a result above the limit.
    package func inflate(_ bytes: [UInt8], limit: Int) throws(InflationError) -> [UInt8] {
        _ = unsafe inflateReset(stream)
        var result: [UInt8] = []
        try take(bytes, limit, into: &result)
        try take([0x00, 0x00, 0xff, 0xff], limit, into: &result)
        // Bit 7 is set right after the end of a block (zlib.h, inflate()).
        guard unsafe stream.pointee.data_type & 128 != 0 else { throw .damaged }
        return result
    }

    private func take(_ bytes: [UInt8], _ limit: Int, into result: inout [UInt8]) throws(InflationError) {
        let error = unsafe bytes.withUnsafeBufferPointer { bytes -> InflationError? in
            // zlib only reads what next_in points to.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            repeat {
                let status = step(into: &result)
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return .damaged }
                guard result.count <= limit else { return .tooLong }
                // Further blocks may follow the one marked as the last (RFC 7692 §7.2.3.4).
                if status == Z_STREAM_END { _ = unsafe inflateReset(stream) }
            } while unsafe stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
            return nil
        }
        if let error { throw error }
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
