// Close codes. RFC 6455 §7.4 and the registry it founded.

/// The status code of a close frame.
package struct CloseCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let normal = CloseCode(rawValue: 1000)
    package static let goingAway = CloseCode(rawValue: 1001)
    package static let protocolError = CloseCode(rawValue: 1002)
    package static let unsupportedData = CloseCode(rawValue: 1003)
    package static let invalidPayload = CloseCode(rawValue: 1007)
    package static let policyViolation = CloseCode(rawValue: 1008)
    package static let messageTooBig = CloseCode(rawValue: 1009)

    /// Whether a peer may send it. RFC 6455 §7.4.1 keeps 1004, 1005, 1006 and 1015 off the wire; §7.4.2 leaves 3000-3999
    /// to registration and 4000-4999 to applications. 1012 to 1014 were registered later (IANA).
    package var mayBeSent: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
