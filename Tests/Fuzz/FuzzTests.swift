// Replays what fuzzing has found: inputs that once failed, and few that reach all that was reached.

import FoundationEssentials
import Testing

@Suite struct FuzzTests {
    @Test(arguments: checks.keys.sorted(), ["Seeds", "Failures"]) func allHolds(_ name: String, _ folder: String) throws
    {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "\(folder)/\(name)")
        guard folder == "Seeds" || FileManager.default.fileExists(atPath: file.path()) else { return }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let check = try #require(checks[name]?())
        #expect(lines.count > 3 || folder == "Failures")
        for line in lines {
            let input = try bytes(line)
            #expect(throws: Never.self, "\(line)") { try check(input) }
        }
    }

    private func bytes(_ digits: Substring) throws -> [UInt8] {
        let digits = Array(digits.utf8)
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16))
        }
    }
}
