// Compressed messages: what comes is any bytes; what goes comes back as it was.

import Compression
import WebSocket

struct Compressed {
    private let inflater = Inflater()
    private let deflater = Deflater()

    /// The first byte chooses, the second says how the message is cut; then comes the message.
    func check(_ input: [UInt8]) throws {
        guard input.count >= 2 else { return }
        let message = Array(input[2...])
        if input[0] & 1 == 0 {
            try checkInflation(of: message, limit: input[0] & 2 != 0 ? 64 : WebSocketLimits.messageBytes, cut: input[1])
        } else {
            // Long enough that compression pays.
            try checkReturn(of: Array(repeatElement(message, count: 1 + Int(input[1])).joined().prefix(60_000)))
        }
    }

    private func checkInflation(of bytes: [UInt8], limit: Int, cut: UInt8) throws {
        let most = min(limit, max(4_096, bytes.count * 512))
        let expected: Endpoint.Event
        do {
            let result = try inflater.inflate(bytes, limit: most)
            try expect(result.count <= most, "\(result.count) bytes are more than \(most)")
            try checkLimits(of: bytes, result)
            expected = String(validating: result, as: UTF8.self) != nil ? .text(result) : .failed(.invalidPayload, "")
        } catch let error as InflationError {
            expected = .failed(error == .tooLong ? .messageTooBig : .invalidPayload, "")
        }
        guard bytes.count <= limit else { return }
        // In one frame, or in two with a ping between.
        var frames: [UInt8] = []
        let place = min(Int(cut >> 1), bytes.count)
        Frame.masked(.text, Array(bytes[..<place]), key: 77, final: false, compressed: true, to: &frames)
        Frame.masked(.ping, [], key: 0, to: &frames)
        Frame.masked(.continuation, Array(bytes[place...]), key: 0x0102_0304, to: &frames)
        try checkEvents(frames, [.ping([]), expected], limit, isPiecewise: cut & 1 != 0)
        frames = []
        Frame.masked(.text, bytes, key: 5, compressed: true, to: &frames)
        try checkEvents(frames, [expected], limit, isPiecewise: false)
    }

    /// What inflates to so much does so within just that, and not within less.
    private func checkLimits(of bytes: [UInt8], _ result: [UInt8]) throws {
        try expect(try inflater.inflate(bytes, limit: result.count) == result, "It inflates to something else.")
        guard !result.isEmpty else { return }
        do {
            let less = try inflater.inflate(bytes, limit: result.count - 1)
            throw Finding(description: "\(less.count) bytes came out within a limit of \(result.count - 1).")
        } catch let error as InflationError {
            try expect(error == .tooLong, "Within less it is \(error).")
        }
    }

    private func checkReturn(of message: [UInt8]) throws {
        try expect(
            try inflater.inflate(deflater.deflate(message), limit: message.count) == message, "It comes back otherwise."
        )
        var frame: [UInt8] = []
        Frame.message(.binary, message, deflater, to: &frame)
        // The client's mask is all that the server's frame lacks: a key of zeros changes nothing.
        let short = frame[1]
        let header = 2 + (short == 126 ? 2 : short == 127 ? 8 : 0)
        frame[1] |= 0x80
        frame.insert(contentsOf: [0, 0, 0, 0], at: header)
        let isBomb = message.count > 4_096 && (frame.count - header - 4) * 512 < message.count
        if !isBomb { try checkEvents(frame, [.binary(message)], WebSocketLimits.messageBytes, isPiecewise: false) }
    }

    private func checkEvents(
        _ bytes: [UInt8], _ expected: [Endpoint.Event], _ messageBytes: Int, isPiecewise: Bool
    ) throws {
        var endpoint = Endpoint(messageBytes: messageBytes, compression: true)
        var events: [Endpoint.Event] = []
        for start in stride(from: 0, to: bytes.count, by: isPiecewise ? 3 : bytes.count) {
            let end = isPiecewise ? min(start + 3, bytes.count) : bytes.count
            endpoint.receive(bytes[start..<end].span, inflater) { event in
                if case .failed(let code, _) = event { events.append(.failed(code, "")) } else { events.append(event) }
            }
        }
        try expect(events == expected, "There is \(events), and should be \(expected)")
    }
}
