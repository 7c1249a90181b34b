// The records that this program writes to the journal: each has a MESSAGE_ID, which systemd/chatrelay.catalog explains.
// No record holds the text of a chat message.

internal import Systemd

/// One record: a sentence, and the same as fields.
package struct JournalRecord {
    let kind: Kind
    let message: String
    /// The names are without the prefix CHATRELAY_.
    let fields: [(name: String, value: String)]

    /// What happened; the raw value is the MESSAGE_ID (sd-id128(3), made by `journalctl --new-id128`).
    enum Kind: String, CaseIterable {
        case started = "524aa91b2b1842b6bb9070195ab74f80"
        case stopping = "cf548a4425614de89e82b32a34f9608d"
        case stopped = "6f95e6fe6ebc4792a6ead0b1f1f6e208"
        case failed = "8f0a446d3bb340f1a12d9e938912d6cc"
        case recovered = "1afeb671f6e94580a02ecddc4addf67e"
        case handedOver = "3c373e2561d84a139ff9e9621a7c44c6"
        case notHandedOver = "0fb62da1e3db4ecf9ef1c7c320dc61e8"
        case notStashed = "404a93da00b4489e9e390ba81296a530"
        case connected = "37818da5c7f144f19236f26da6c50c3b"
        case disconnected = "32b6b47511b048238a8dcf8a55b91309"
        case renamed = "0d1ace8da11a4c56868fbe3949ac6172"
        case joined = "7a1c718b919445fda758945ff0069845"
        case left = "e17e4284eaa94283b0c63276a898f4d6"
        case roomOpened = "ef4516e32a9a4ca4bbbb8881823a8424"
        case roomClosed = "6d9ed0335ff34985813e553b33cb3ba3"
        case refused = "c91309ff6ab240e6b1b7fb3c58f00d0f"
        case protocolError = "44c35706e8f544c384e340c3ab85955f"
        case slowReader = "5dfebdccf077462dad93bce308997505"
        case idle = "da82c06a66f3455fb4e798c351391364"
        case overRate = "49052ae7347348958bcb79f35de11034"
        case tooManySessions = "eab53511f5a745ab8d9bab170b47172e"
        case tooManyNames = "c304272285b54936967d44c215ff5111"
        case clientLimit = "b93ccdff60df4d5080477a20cde4616c"
        case handshakeLimit = "8c738023f34f4ac183d6da00a03cc819"
        case notTheProxy = "c1ffcb04fc184be69747ef0323c7280c"
        case notStored = "b145b4ec14204d88bc66af5e858b1065"
        case ledgerProblem = "ccde83d0167a4ca0a00e9cb9615cff0a"
        case reloaded = "9d11c88f53b34c419ee9c30f5f772ab7"
        case notReloaded = "b477be21767f44ffa64a6ccb7e3dea6c"
        case ledgerBegan = "2f89f38b435f49e9be187843b9383ad8"
        case administered = "42c0ed66cc2c426884b4c3c58a53f6b2"
        case idleExit = "c0927ebbd7dc49e3b438dd98a7c8e921"
        case stalled = "bd322d93ac634f27842c574914dbda98"
        case stallEnded = "9ae0adeb14344de5b317d54814bcfb9c"
        case suppressed = "e66dbea70eca476cb288e769c6985f12"
        case dropped = "30de68b258a342abab0e6f3b4c56df3a"
        case managerSilent = "75cf2166d5dd4ab3a33b58832fa81723"
        case connectionLimit = "4498943cb2ac4a57aa031e58d148bb3a"
        case descriptorLimit = "7b0285bf869a4efda5f91103e22b5347"

        var priority: Journal.Priority {
            switch self {
            case .failed, .notReloaded, .notHandedOver, .notStashed, .descriptorLimit, .notStored, .ledgerProblem,
                .stalled:
                .error
            case .ledgerBegan, .connectionLimit, .overRate, .tooManySessions, .tooManyNames, .clientLimit,
                .handshakeLimit,
                .notTheProxy,
                .slowReader, .suppressed, .dropped, .managerSilent:
                .warning
            case .started, .stopping, .stopped, .recovered, .handedOver, .reloaded, .administered, .idleExit,
                .stallEnded:
                .notice
            default: .info
            }
        }
    }

    init(_ kind: Kind, _ message: String, _ fields: [(String, String?)] = []) {
        self.kind = kind
        self.message = message
        self.fields = fields.compactMap { name, value in value.map { (name, $0) } }
    }
}
