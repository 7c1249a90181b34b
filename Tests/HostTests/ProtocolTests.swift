// Runs every example of PROTOCOL.md.

import Chat
import FoundationEssentials
import Testing

@Suite struct ProtocolTests {
    @Test func thereAreExamples() throws {
        #expect(try examples().count >= 6)
    }

    @Test(arguments: try examples())
    func exampleHolds(_ example: Example) {
        #expect(example.difference() == nil)
    }

    /// Shows that the test above can fail: no example holds with one line left out or changed.
    @Test(arguments: try examples())
    func exampleDoesNotHoldWithOneLineChanged(_ example: Example) {
        for (index, line) in example.lines.enumerated() {
            var without = example
            without.lines.remove(at: index)
            #expect(without.difference() != nil, "without: \(line)")
            guard let brace = line.lastIndex(of: "}") else { continue }
            var changed = example
            changed.lines[index].replaceSubrange(brace...brace, with: line.contains("> ") ? "" : ",\"more\":1}")
            #expect(changed.difference() != nil, "changed: \(line)")
        }
    }

    /// Shows that the order counts.
    @Test func orderForOneRecipientCounts() throws {
        var example = try #require(try examples().first)
        example.lines.swapAt(1, 2)
        #expect(example.difference() != nil)
    }
}

/// One block of PROTOCOL.md.
struct Example: CustomTestStringConvertible {
    var lines: [String]
    var testDescription: String { "\(lines.count) lines, \(lines.last ?? "")" }

    /// Runs the example: after each command, each session must get exactly the lines below the command, in their order.
    /// - Returns: the first difference from the document.
    func difference() -> String? {
        let server = TestServer(ChatSettings())
        var sessions: [Substring: SessionID] = [:]
        var expected: [Substring: [String]] = [:]
        for line in lines + ["end> "] {
            let name = line.prefix { $0 != "<" && $0 != ">" }
            let text = String(line.dropFirst(name.count + 2))
            if line.dropFirst(name.count).first == "<" {
                expected[name, default: []].append(text)
                continue
            }
            for (name, session) in sessions {
                let got = server.takeInbox(of: session)
                if got != expected[name, default: []] { return "\(name) got \(got)" }
                expected[name] = nil
            }
            if let missing = expected.first { return "nobody is \(missing.key)" }
            if name == "admin" {
                guard server.administer(text) else { return "nobody can order \(text)" }
                continue
            }
            let session = sessions[name] ?? SessionID(slot: UInt32(sessions.count), generation: 1)
            if sessions.updateValue(session, forKey: name) == nil { server.connect(session) }
            server.receive(session, text)
        }
        return nil
    }
}

private func examples() throws -> [Example] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "Sources/Chat/PROTOCOL.md"))
    var examples: [Example] = []
    var inside = false
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
        if inside, line != "```" {
            examples[examples.count - 1].lines.append(String(line))
        } else if line == "```chat" {
            examples.append(Example(lines: []))
            inside = true
        } else {
            inside = false
        }
    }
    return examples
}
