// What an administrator can choose about connections. TransportLimits.swift has the fixed limits.

package import HTTP

package struct TransportSettings: Equatable, Sendable {
    /// WebSockets at the same time; nil: as many as the limit of open files leaves room for.
    package var maxConnections: Int?
    /// WebSockets of one client address; 0: no limit; nil: half of all.
    package var addressConnections: Int?
    /// The only user, besides root, that may connect to the socket; nil: everybody who can open it.
    package var proxyUser: UInt32?
    /// Whether the proxy names the user of each request.
    package var isAuthenticatedByProxy = false
    /// Milliseconds in which a request must be complete.
    package var handshakeTimeout: Int64 = 10_000
    /// Milliseconds between two pings of a connection.
    package var pingInterval: Int64 = 25_000
    /// Milliseconds without a byte from the client, after which its connection is closed.
    package var idleTimeout: Int64 = 75_000
    /// Bytes that may be queued for one reader.
    package var outboxBytes = 262_144
    package var origins = OriginPolicy()
    /// Whether clients that offer permessage-deflate (RFC 7692) get it.
    package var compression = false

    package init() {}
}
