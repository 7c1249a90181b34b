// What administrators write: the settings file, and addresses.

import Linux
import Primitives

@testable import Chat
@testable import Operations

/// A settings file.
func checkConfiguration(_ input: [UInt8]) throws {
    guard let text = String(validating: input, as: UTF8.self) else { return }
    do {
        let given = try SettingSources.settings(in: text, of: "settings")
        let configuration = try Configuration(given)
        configuration.chat.check()
        try expect(try Configuration(given) == configuration, "Read twice it is another one.")
        let lines = given.sorted { $0.key < $1.key }.compactMap { name, value in
            Setting.all.first { $0.name == name }.map { "\($0.variable)=\"\(value.text)\"" }
        }
        // A quoted value ends where its line does.
        guard !given.values.contains(where: { $0.text.contains(where: \.isNewline) }) else { return }
        let again = try SettingSources.settings(in: lines.joined(separator: "\n"), of: "again")
        try expect(again.mapValues(\.text) == given.mapValues(\.text), "Written and read again there is \(again)")
    } catch let error as ConfigurationError {
        try expect(!error.description.isEmpty && !error.source.isEmpty, "It does not say what is wrong.")
    }
}

/// An address or a network.
func checkNetwork(_ input: [UInt8]) throws {
    guard let text = String(validating: input, as: UTF8.self), let network = try? IPNetwork(text) else { return }
    try expect(
        text.utf8.allSatisfy { "0123456789abcdefABCDEF:./".utf8.contains($0) }, "\(text.debugDescription) is accepted.")
    let again = try IPNetwork(network.description)
    try expect(again == network, "\(text) is \(network), and read again \(again)")
    try expect((0...128).contains(network.bits), "\(network) has impossible bits.")
}
