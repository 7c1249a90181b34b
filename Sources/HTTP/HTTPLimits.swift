/// The limits of the HTTP room, each with its unit and reason.
package enum HTTPLimits {
    /// Bytes of a request head. nginx takes at most 8 KiB for a line by default, and passes few headers on.
    package static let headBytes = 8_192
    /// Header lines of a request: browsers send about 20, proxies add some.
    package static let headers = 100
    /// Bytes of a host's name. RFC 1035 §2.3.4 allows 255 bytes in a query, which are 253 as text, and a dot at the end.
    static let hostBytes = 254
    /// Characters of a header's value that a sentence repeats: enough for the names that an administrator has chosen.
    static let shownCharacters = 120
}
