// Posting into a room, and following it, over the control socket.

internal import FoundationEssentials
internal import Linux
internal import Synchronization

extension ControlClient {
    /// The bot that posts, unless another name is given.
    package static let defaultPoster = "chatrelay"
    /// Milliseconds between two looks for new messages.
    private static let tailMilliseconds: Int32 = 500
    /// Milliseconds for which lines are gathered into one message.
    private static let gatherMilliseconds: Int32 = 500
    /// Bytes of a message of gathered lines: below the longest text that is allowed by default.
    private static let gatheredBytes = 8_000

    /// Posts a message.
    /// - Throws: where it was not stored.
    package static func post(_ text: String, to room: String, as name: String, at path: String) throws(ControlError) {
        var request = ControlRequest(.post, by: caller, subject: room)
        (request.text, request.name) = (text, name)
        // A message of which the answer is lost can be sent again: it is known by its id.
        request.id = "post-\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))"
        _ = try ask(request, at: path)
    }

    /// Posts what comes on standard input, until it ends: lines that come together are one message.
    package static func postInput(to room: String, as name: String, at path: String) throws(ControlError) {
        let input = GatheredInput()
        do throws(SystemError) {
            _ = try Thread(name: "input") { [input] in input.read() }
        } catch {
            throw .unavailable("Standard input can't be read: \(error).")
        }
        let pause = try? EventFD()
        while true {
            pause?.wait(milliseconds: gatherMilliseconds)
            let (lines, isEnd) = input.take()
            for text in texts(of: lines) { try post(text, to: room, as: name, at: path) }
            if isEnd { return }
        }
    }

    /// Lines, joined to messages. One that is too long for a message is cut into several.
    static func texts(of lines: [String]) -> [String] {
        var texts: [String] = []
        for line in lines.flatMap(parts) {
            if let last = texts.last, last.utf8.count + line.utf8.count < gatheredBytes {
                texts[texts.count - 1] = last + "\n" + line
            } else {
                texts.append(line)
            }
        }
        return texts.filter { $0.contains { !$0.isWhitespace } }
    }

    private static func parts(of line: String) -> [String] {
        guard line.utf8.count > gatheredBytes else { return [line] }
        var (parts, part, bytes) = ([String](), String.UnicodeScalarView(), 0)
        for scalar in line.unicodeScalars {
            if bytes + UTF8.width(scalar) > gatheredBytes {
                parts.append(String(part))
                (part, bytes) = (String.UnicodeScalarView(), 0)
            }
            part.append(scalar)
            bytes += UTF8.width(scalar)
        }
        return parts + [String(part)]
    }

    // MARK: following a room

    private struct History: Decodable {
        struct Message: Decodable {
            let seq: UInt64
            let from: String
            let text: String
            let at: Int64
        }

        let messages: [Message]
        let more: Bool
    }

    /// Prints a room's newest messages and those that come, without an end. A daemon that is being restarted is waited for.
    package static func tail(_ room: String, isJSON: Bool, at path: String) throws(ControlError) -> Never {
        let pause = try? EventFD()
        var last: UInt64?
        while true {
            var request = ControlRequest(.tail, by: caller, subject: room, seq: last)
            request.name = defaultPoster
            do throws(ControlError) {
                let answer = try ask(request, at: path)
                let (newest, more) = try show(answer.event ?? "", isJSON: isJSON)
                last = newest ?? last ?? 0
                if more, request.seq != nil { continue }
            } catch {
                guard last != nil, error.status == unavailableStatus else { throw error }
            }
            pause?.wait(milliseconds: tailMilliseconds)
        }
    }

    private static let unavailableStatus: Int32 = 69

    private static func show(_ event: String, isJSON: Bool) throws(ControlError) -> (newest: UInt64?, more: Bool) {
        guard let history = try? JSONDecoder().decode(History.self, from: Data(event.utf8)) else {
            throw .unavailable("The daemon's answer could not be read.")
        }
        let lines = isJSON ? messages(of: event) : history.messages.map(line)
        // Nobody reads any more.
        for line in lines where !Process.writeOutput(Array("\(line)\n".utf8)) { Process.exit(0) }
        return (history.messages.last?.seq, history.more)
    }

    /// The messages of the event as they are in it.
    static func messages(of event: String) -> [String] {
        var messages: [String] = []
        var message: [UInt8] = []
        var (depth, isString, isEscaped) = (0, false, false)
        for byte in event.utf8 {
            if depth >= 2 || depth == 1 && byte == UInt8(ascii: "{") { message.append(byte) }
            if isString {
                (isString, isEscaped) = (
                    isEscaped || byte != UInt8(ascii: "\""), !isEscaped && byte == UInt8(ascii: "\\")
                )
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                guard depth == 1 else { continue }
                messages.append(String(decoding: message, as: UTF8.self))
                message = []
            default: break
            }
        }
        return messages
    }

    /// A terminal must not obey what a user has written.
    private static func line(_ message: History.Message) -> String {
        let time = Date(timeIntervalSince1970: Double(message.at) / 1_000).formatted(.iso8601)
        let text = message.text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar
        }
        return "\(time) \(message.from): \(String(String.UnicodeScalarView(text)))"
    }
}

/// Lines of standard input, which a thread of its own reads.
private final class GatheredInput: Sendable {
    private let state = Mutex((lines: [String](), isEnd: false))

    func read() {
        while let line = readLine() { state.withLock { $0.lines.append(line) } }
        state.withLock { $0.isEnd = true }
    }

    func take() -> (lines: [String], isEnd: Bool) {
        state.withLock { state in
            defer { state.lines = [] }
            return state
        }
    }
}
