// The whole of what a planned restart hands over: a head that says what it is, and the state.

internal import Crypto
internal import StateCoding

struct RestartState {
    /// Of all that is written in it, by Relay, Chat and WebSocket: whoever changes what they write raises it.
    static let version: UInt64 = 2
    private static let magic = "chatrelay state"
    private static let digestBytes = 32

    /// What stands before the state itself, behind the digest.
    struct Head: Equatable {
        /// That of the register at the time: it tells whether this is the newest there is.
        var epoch: UInt64
        /// Which ledger the numbers are of.
        var ledger: String
    }

    enum Fault: Error, Equatable {
        case damaged
        case version(UInt64)

        var sentence: String {
            switch self {
            case .damaged: "it is damaged"
            case .version(let version): "it is of version \(version), and this is \(RestartState.version)"
            }
        }
    }

    static func bytes(
        _ head: Head, version: UInt64 = RestartState.version, _ body: (inout StateWriter) -> Void
    ) -> [UInt8] {
        var writer = StateWriter()
        writer.write(magic)
        writer.write(version)
        writer.write(head.epoch)
        writer.write(head.ledger)
        body(&writer)
        return Array(SHA256.hash(data: writer.bytes)) + writer.bytes
    }

    /// - Returns: the head, and a reader that stands behind it.
    static func open(_ bytes: [UInt8]) throws(Fault) -> (head: Head, reader: StateReader) {
        guard bytes.count > digestBytes, SHA256.hash(data: bytes[digestBytes...]) == bytes[..<digestBytes] else {
            throw .damaged
        }
        do throws(any Error) {
            var reader = StateReader(Array(bytes[digestBytes...]))
            guard try reader.string() == magic else { throw Fault.damaged }
            let version = try reader.uint64()
            guard version == RestartState.version else { throw Fault.version(version) }
            return (Head(epoch: try reader.uint64(), ledger: try reader.string()), reader)
        } catch {
            throw error as? Fault ?? .damaged
        }
    }
}
