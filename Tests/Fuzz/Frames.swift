// The bytes of a client, in whatever pieces, also across a restart or a crash of the daemon.

import Compression
import StateCoding
import WebSocket

struct Frames {
    private let inflater = Inflater()

    /// The first byte chooses, the next two say where the bytes behind them are split.
    func check(_ input: [UInt8]) throws {
        guard input.count >= 3 else { return }
        let bytes = Array(input[3...])
        let endpoint = Endpoint(messageBytes: messageBytes(input[0]), compression: input[0] & 1 != 0)
        var (whole, piecewise) = (endpoint, endpoint)
        let events = receive(bytes[...], &whole)
        let (one, other) = (min(Int(input[1]), bytes.count), min(Int(input[2]), bytes.count))
        let (first, second) = (min(one, other), max(one, other))
        let before = receive(bytes[..<first], &piecewise)
        try goOn(from: piecewise, bytes[first...], before: before, whole: events, messageBytes(input[0]))
        let rest = receive(bytes[first..<second], &piecewise) + receive(bytes[second...], &piecewise)
        try expect(before + rest == events, "In pieces there is \(before + rest), in one \(events)")
        try expect(state(of: piecewise) == state(of: whole), "In pieces it stands elsewhere than in one.")
    }

    private func messageBytes(_ choice: UInt8) -> Int { choice & 2 != 0 ? 16 : WebSocketLimits.messageBytes }

    /// Another process takes the connection over.
    private func goOn(
        from endpoint: Endpoint, _ rest: ArraySlice<UInt8>, before: [Endpoint.Event], whole: [Endpoint.Event],
        _ messageBytes: Int
    ) throws {
        let written = state(of: endpoint)
        var reader = StateReader(written)
        var other = try Endpoint(reading: &reader, messageBytes: messageBytes)
        try expect(reader.isAtEnd && state(of: other) == written, "What is read is not what was written.")
        let after = receive(rest, &other)
        try expect(before + after == whole, "After a restart there is \(before + after), without one \(whole)")
        // A connection that has ended is not taken back.
        if before.contains(where: isEnd) { return }
        guard let position = Endpoint.Position(endpoint.position.words) else {
            throw Finding(description: "The position is refused.")
        }
        var survivor = Endpoint(
            skipping: position, messageBytes: messageBytes, compression: endpoint.hasCompression)
        try expect(survivor.position == position, "The survivor stands elsewhere.")
        let heard = receive(rest, &survivor)
        // What is passed over is not looked at, so that what comes behind a mistake in it is heard.
        if case .failed = after.last { return }
        // A message and a control frame may have been under way.
        var next = heard[...]
        for event in after { if let first = next.first, isAlike(event, first) { next.removeFirst() } }
        try expect(
            next.isEmpty && (0...2).contains(after.count - heard.count),
            "After a crash there is \(heard), without one \(after)")
    }

    private func isEnd(_ event: Endpoint.Event) -> Bool {
        switch event {
        case .close, .failed: true
        default: false
        }
    }

    /// Of a close frame that was under way the code is lost.
    private func isAlike(_ one: Endpoint.Event, _ other: Endpoint.Event) -> Bool {
        if case (.close, .close(nil, "")) = (one, other) { true } else { one == other }
    }

    private func receive(_ bytes: ArraySlice<UInt8>, _ endpoint: inout Endpoint) -> [Endpoint.Event] {
        var events: [Endpoint.Event] = []
        endpoint.receive(bytes.span, inflater) { events.append($0) }
        return events
    }

    private func state(of endpoint: Endpoint) -> [UInt8] {
        var writer = StateWriter()
        endpoint.write(to: &writer)
        return writer.bytes
    }
}
