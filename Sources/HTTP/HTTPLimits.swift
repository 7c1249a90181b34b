/// The limits of the HTTP room, each with its unit and reason.
package enum HTTPLimits {
    /// Bytes of a request head. nginx takes at most 8 KiB for a line by default, and passes few headers on.
    package static let headBytes = 8_192
    /// Header lines of a request: browsers send about 20, proxies add some.
    package static let headers = 100
}
