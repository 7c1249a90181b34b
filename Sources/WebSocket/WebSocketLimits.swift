// The limits of the protocol machine, each with its unit and reason.

package enum WebSocketLimits {
    /// Bytes of a message, all its fragments together. A chat text of 8 KiB in JSON, with each character escaped as
    /// \uXXXX, is 48 KiB.
    package static let messageBytes = 65_536
    /// Fragments of a message: nobody needs many, and each costs work without adding to the message's size.
    package static let fragments: UInt16 = 1_024
    /// How many times its size a compressed message may inflate to. Deflate goes up to 1,032; the longest chat text, of one
    /// letter alone, escaped as above, stays under 400.
    static let inflationRatio = 512
    /// Bytes below which a text is sent as it is: less than 64 bytes could be saved, and the headers of TLS, TCP and IP that
    /// carry it are longer.
    static let compressedBytes = 256
    /// Bytes of a control frame's payload (RFC 6455 §5.5).
    static let controlBytes = 125
}
