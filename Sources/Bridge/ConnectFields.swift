// What CONNECT asks for.

internal import SocketIO

/// The fields of CONNECT's payload that the bridge reads.
struct ConnectFields: Decodable {
    var name: String?
    var token: String?
    var pid: String?
    var offset: String?
    var serverOffset: UInt64?
    var recover: Bool?

    init() {}

    private enum CodingKeys: CodingKey { case name, token, pid, offset, serverOffset, recover }

    /// A field of another type counts as missing: the payload may be anybody's.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try? container.decode(String.self, forKey: .name)
        token = try? container.decode(String.self, forKey: .token)
        pid = try? container.decode(String.self, forKey: .pid)
        offset = try? container.decode(String.self, forKey: .offset)
        serverOffset =
            (try? container.decode(UInt64.self, forKey: .serverOffset))
            ?? (try? container.decode(String.self, forKey: .serverOffset)).flatMap { UInt64($0) }
        recover = try? container.decode(Bool.self, forKey: .recover)
    }

    func request(_ user: EngineUser, in namespace: BridgeNamespace, ledger: String) -> ConnectRequest {
        let request = ConnectRequest()
        let known = pid.flatMap { RecoveryID($0) }
        if user.authenticatedName == nil {
            let tokens = namespace == .tutorial ? [token, known?.token, user.token] : [token, user.token]
            request.token = tokens.compactMap(\.self).first
        }
        guard namespace == .tutorial else { return request }
        request.wantsRecovery = user.isBrowser || recover == true
        request.position = offset.flatMap { LogPosition($0) }
        if let serverOffset {
            request.floor = serverOffset
            request.position = request.position ?? LogPosition(ledger: known?.start.ledger ?? ledger, seq: serverOffset)
        }
        if let known {
            request.recoveryID = pid
            request.position = request.position ?? known.start
        }
        return request
    }
}
