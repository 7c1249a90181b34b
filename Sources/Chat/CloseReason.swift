// The close codes of chatrelay.v1, in one place: PROTOCOL.md, “Close codes”. RFC 6455 §7.4.2 leaves 4000 to 4999 to applications.

/// Why the server ends a session.
package enum CloseReason: Equatable, Sendable {
    // 40xx: connect again at once.
    case slowReader
    /// The session's signed token has expired.
    case tokenExpired
    // 41xx: connect again later.
    case helloTimeout
    case overRate
    case idle
    case tooManyConnections
    case tooManySessions
    case tooManyNames
    // 42xx: do not connect again by yourself.
    case kicked(reason: String?)
    /// `until`: milliseconds since 1970; nil: for ever.
    case banned(until: Int64?, reason: String?)
    /// The session's device is signed out: its token is void.
    case signedOut

    package var code: UInt16 {
        switch self {
        case .slowReader: 4000
        case .tokenExpired: 4001
        case .helloTimeout: 4100
        case .overRate: 4101
        case .idle: 4102
        case .tooManyConnections: 4103
        case .tooManySessions: 4104
        case .tooManyNames: 4105
        case .kicked: 4200
        case .banned: 4201
        case .signedOut: 4202
        }
    }

    /// The close frame's reason, for people: at most 123 bytes (RFC 6455 §5.5).
    package var reason: String {
        switch self {
        case .slowReader: "You read too slowly. Connect again."
        case .tokenExpired: "Your signed token has expired. Connect again with a new one."
        case .helloTimeout: "No hello in time."
        case .overRate: "Far over the rate limit."
        case .idle: "You sent nothing for too long."
        case .tooManyConnections: "Too many connections from your address."
        case .tooManySessions: "You have too many connections."
        case .tooManyNames: "Too many new names from your address."
        case .kicked(let reason): fitting(reason ?? "Removed by an administrator.")
        case .signedOut: "This device is signed out."
        case .banned(let until, let reason):
            fitting("Banned\(until.map { " until \(timeText($0))" } ?? "")\(reason.map { ": \($0)" } ?? ".")")
        }
    }

    static let codes: Set<UInt16> = [4000, 4001, 4100, 4101, 4102, 4103, 4104, 4105, 4200, 4201, 4202]

    /// A close code as a label of figures: clients may send thousands of codes, so all unknown ones are "other".
    /// - Parameter code: nil where there was no close frame.
    package static func label(_ code: UInt16?) -> String {
        guard let code else { return "none" }
        return code < 1016 || codes.contains(code) ? "\(code)" : "other"
    }
}

private func fitting(_ text: String) -> String {
    var text = text
    while text.utf8.count > ChatLimits.closeReasonBytes { text.removeLast() }
    return text
}
