// What a planned restart hands over: a digest, a head that says what it is, and the state.

internal import Crypto
package import StateCoding

package struct RestartState {
    /// Of everything that is written in it, by Transport, WebSocket and Chat: raise it with every change of what they write, but not for
    /// something at its end that is written only where it is needed.
    package static let version: UInt64 = 4
    /// The states that can be read: version 2 has no sessions of Socket.IO, version 3 more of each.
    private static let readable: ClosedRange<UInt64> = 2...version
    private static let magic = "chatrelay state"
    private static let digestBytes = 32

    /// Stands before the state.
    package struct Head: Equatable {
        /// The epoch of the crash records at the time: it tells whether the state is the newest there is.
        package var epoch: UInt64
        /// The id of the ledger that the sequence numbers belong to.
        package var ledger: String
        /// What the state is written in.
        package var version: UInt64

        package init(epoch: UInt64, ledger: String, version: UInt64 = RestartState.version) {
            self.epoch = epoch
            self.ledger = ledger
            self.version = version
        }

        /// Whether sessions of Socket.IO follow the connections.
        package var hasSocketIO: Bool { version >= 3 }
    }

    /// Why a state can't be used.
    package enum ReadError: Error, Equatable {
        case damaged
        case version(UInt64)

        /// The end of a sentence.
        package var reason: String {
            switch self {
            case .damaged: "it is damaged"
            case .version(let version): "it is of version \(version), and this is \(RestartState.version)"
            }
        }
    }

    /// Writes a whole state.
    /// - Parameter body: appends the state itself.
    package static func bytes(
        _ head: Head, _ body: (inout StateWriter) -> Void
    ) -> [UInt8] {
        var writer = StateWriter()
        writer.write(magic)
        writer.write(head.version)
        writer.write(head.epoch)
        writer.write(head.ledger)
        body(&writer)
        return Array(SHA256.hash(data: writer.bytes)) + writer.bytes
    }

    /// Checks the digest and the version.
    /// - Returns: the head, and a reader that stands at the state's beginning.
    package static func open(_ bytes: [UInt8]) throws(ReadError) -> (head: Head, reader: StateReader) {
        guard bytes.count > digestBytes, SHA256.hash(data: bytes[digestBytes...]) == bytes[..<digestBytes] else {
            throw .damaged
        }
        do throws(any Error) {
            var reader = StateReader(Array(bytes[digestBytes...]))
            guard try reader.string() == magic else { throw ReadError.damaged }
            let version = try reader.uint64()
            guard readable.contains(version) else { throw ReadError.version(version) }
            let (epoch, ledger) = (try reader.uint64(), try reader.string())
            return (Head(epoch: epoch, ledger: ledger, version: version), reader)
        } catch {
            throw error as? ReadError ?? .damaged
        }
    }
}
