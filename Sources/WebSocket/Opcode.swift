/// What a frame is. RFC 6455 §5.2; the values 3-7 and 11-15 are reserved and not here.
package enum Opcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    /// RFC 6455 §5.5: control frames are those whose highest opcode bit is set.
    var isControl: Bool { rawValue & 8 != 0 }
}
