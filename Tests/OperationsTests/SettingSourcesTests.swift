import FoundationEssentials
import Testing

@testable import Operations

@Suite struct SettingSourcesTests {
    private func read(
        _ lines: String, options: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> [String: GivenSetting] {
        let path = FileManager.default.temporaryDirectory.appending(path: "settings-\(UInt64.random(in: 0 ... .max))")
        try Data(lines.utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return try SettingSources(options: options, file: path.path()) { environment[$0] }.read()
    }

    @Test func optionsWinOverTheFileAndTheFileOverTheEnvironment() throws {
        let given = try read(
            "CHATRELAY_RATE=2\nCHATRELAY_BURST=2\n", options: ["rate": "1"],
            environment: ["CHATRELAY_RATE": "3", "CHATRELAY_BURST": "3", "CHATRELAY_GRACE": "3"])
        #expect(given.mapValues(\.text) == ["rate": "1", "burst": "2", "grace": "3"])
        #expect(given["rate"]?.source == "--rate" && given["grace"]?.source == "CHATRELAY_GRACE")
        #expect(given["burst"]?.source.hasSuffix(" line 2 (CHATRELAY_BURST)") == true)
    }

    @Test func theFileIsReadAsSystemdReadsIt() throws {
        let lines =
            "\n# a comment\n;another\n  CHATRELAY_RATE = 7 \r\nCHATRELAY_ROOMS=\"a,b\"\nCHATRELAY_LEDGER='/x=y'\n"
            + "CHATRELAY_GRACE=\"\n"
        let given = try read(lines).mapValues(\.text)
        #expect(given == ["rate": "7", "rooms": "a,b", "ledger": "/x=y", "grace": "\""])
    }

    @Test(arguments: ["CHATRELAY_RTE=7", "RATE=7", "CHATRELAY_RATE", "export CHATRELAY_RATE=7", "=7"])
    func aWrongLineIsNamed(_ line: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try SettingSources.settings(in: "CHATRELAY_BURST=1\n\n\(line)\n", of: "/etc/x")
        }
        #expect(error?.source == "/etc/x line 3" && error?.value == line)
    }

    @Test func aWrongValueNamesItsLine() throws {
        let given = try SettingSources.settings(in: "#\nCHATRELAY_RATE=fast\n", of: "/etc/x")
        let error = #expect(throws: ConfigurationError.self) { try Configuration(given) }
        #expect(error?.source == "/etc/x line 2 (CHATRELAY_RATE)")
        let low = try SettingSources.settings(in: "CHATRELAY_IDLE_TIMEOUT=3\n", of: "/etc/x")
        let tooLow = #expect(throws: ConfigurationError.self) { try Configuration(low) }
        #expect(tooLow?.source == "/etc/x line 1 (CHATRELAY_IDLE_TIMEOUT)")
    }

    @Test func onlyAnOptionalFileMayBeMissing() throws {
        let sources = SettingSources(options: ["rate": "1"], file: "-/nowhere/settings") { _ in nil }
        #expect(try sources.read().keys.sorted() == ["rate"])
        #expect(throws: ConfigurationError.self) {
            try SettingSources(options: [:], file: "/nowhere/settings") { _ in nil }.read()
        }
        // One that is there and can't be read is a mistake that must show.
        #expect(throws: ConfigurationError.self) { try SettingSources(options: [:], file: "-/") { _ in nil }.read() }
    }

    @Test func theEnvironmentNamesTheFileToo() throws {
        let sources = SettingSources(options: [:]) { $0 == "CHATRELAY_CONFIG" ? "/nowhere/settings" : nil }
        #expect(throws: ConfigurationError.self) { try sources.read() }
    }
}
