// Compresses WebSocket messages with zlib, each by itself. RFC 1951, RFC 7692 §7.2.1.

internal import CZlib

/// Keeps no state between messages (“no context takeover”, RFC 7692 §7.1.1), so one result can be sent to many connections.
@safe package final class Deflater {
    /// The window sizes that zlib can write in a raw stream, as powers of two. It can't write 8 (zlib.h, deflateInit2()).
    package static let windowBits = 9...15

    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter windowBits: the window size in bytes, as a power of two; within `Deflater.windowBits`.
    package init(windowBits: Int = 15) {
        precondition(Deflater.windowBits.contains(windowBits))
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Negative: a raw stream (RFC 1951). 8: zlib's default memory level (DEF_MEM_LEVEL).
        let status = unsafe deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, Int32(-windowBits), 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        // Fails only where there is no memory left.
        precondition(status == Z_OK, "deflateInit2 failed: \(status)")
    }

    deinit {
        _ = unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// - Returns: the payload of the compressed message, without the last four bytes of its stream (RFC 7692 §7.2.1).
    package func deflate(_ bytes: [UInt8]) -> [UInt8] {
        _ = unsafe deflateReset(stream)
        // deflateBound is for a whole stream; a flush takes up to six bytes more (zlib.h, deflate()).
        let most = Int(unsafe deflateBound(stream, UInt(bytes.count))) + 6
        return unsafe [UInt8](unsafeUninitializedCapacity: most) { result, count in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                // zlib only reads what next_in points to.
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(bytes.count)
                unsafe stream.pointee.next_out = result.baseAddress
                unsafe stream.pointee.avail_out = UInt32(most)
                let status = unsafe CZlib.deflate(stream, Z_SYNC_FLUSH)
                precondition(status == Z_OK, "deflate failed: \(status)")
            }
            let left = Int(unsafe stream.pointee.avail_out)
            precondition(left > 0, "deflateBound was too small")
            // The flush ends with an empty block, 00 00 FF FF, which the receiver appends by itself.
            count = most - left - 4
        }
    }
}
