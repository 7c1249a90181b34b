// What is agreed on about compression in the upgrade. RFC 7692 §5 and §7.1.

internal import Compression
internal import HTTP

/// permessage-deflate, where neither side remembers anything between two messages: the context of a stream could not be
/// handed to another process, it would take hundreds of kilobytes for each connection, and what is sent to many could not be
/// compressed once.
package struct PerMessageDeflate: Equatable, Sendable {
    /// How far back what the server sends refers at most, as a power of two: 15, where the client asks for nothing else.
    package let windowBits: Int

    /// - Parameters:
    ///   - offers: the elements of Sec-WebSocket-Extensions, the preferred one first.
    ///   - windows: what the server can keep to, of 8 to 15.
    /// - Returns: nil where none of the offers can be accepted.
    init?(offers: [String], windows: ClosedRange<Int>) {
        for offer in offers {
            if let bits = PerMessageDeflate.windowBits(in: offer), windows.contains(bits) {
                windowBits = bits
                return
            }
        }
        return nil
    }

    /// The answer's element. A client may be told not to remember anything even where it did not offer that (§7.1.1.2).
    var answer: String {
        let window = windowBits == 15 ? "" : "; server_max_window_bits=\(windowBits)"
        return "permessage-deflate; server_no_context_takeover; client_no_context_takeover\(window)"
    }

    /// §7: an offer with a parameter that is unknown, is there twice, or has a wrong value must be declined.
    private static func windowBits(in offer: String) -> Int? {
        let elements = RequestHead.elements(of: offer, separator: UInt8(ascii: ";"))
        guard elements.first == "permessage-deflate" else { return nil }
        var seen: Set<Substring> = []
        var windowBits = 15
        for element in elements.dropFirst() {
            let name = element.prefix { $0 != "=" }
            let value = name.endIndex == element.endIndex ? nil : element[name.endIndex...].dropFirst()
            guard seen.insert(name).inserted else { return nil }
            switch name {
            case "server_no_context_takeover", "client_no_context_takeover": guard value == nil else { return nil }
            case "server_max_window_bits":
                guard let bits = value.flatMap(bits) else { return nil }
                windowBits = bits
            // How far back the client refers is left to it: any window can be read.
            case "client_max_window_bits": guard value == nil || value.flatMap(bits) != nil else { return nil }
            default: return nil
            }
        }
        return windowBits
    }

    /// §7.1.2: a decimal integer without leading zeroes from 8 to 15, which may be quoted (RFC 6455 §9.1).
    private static func bits(_ value: Substring) -> Int? {
        (8...15).first { value == "\($0)" || value == "\"\($0)\"" }
    }
}
