// Reads the key of a site's signed tokens (--token-key).

internal import Linux
internal import SignedTokens

enum TokenKeyFile {
    /// Bytes of the file: a hundred times the longest public key.
    private static let limit = 16_384

    /// - Parameters:
    ///   - path: absolute.
    ///   - source: where the setting is from.
    static func read(_ path: String, source: String) throws(ConfigurationError) -> TokenKey {
        func refusal(_ allowed: String) -> ConfigurationError {
            ConfigurationError(source: source, value: path, allowed: allowed)
        }
        let file: Files.Contents
        do {
            file = try Files.contents(of: path, atMost: limit)
        } catch {
            throw refusal("a file that the daemon's user can read (\(error))")
        }
        guard file.bytes.count <= limit else { throw refusal("\(TokenKey.allowed); this file is too long for a key") }
        let key: TokenKey
        do {
            key = try TokenKey(file.bytes)
        } catch {
            throw refusal("\(TokenKey.allowed); in this file \(error.reason)")
        }
        guard !key.isSecret || !file.isReadableByOthers else {
            throw refusal(
                "a secret that other users of this machine cannot read, because with it they could sign tokens: “chmod o= \(path)”, and make another secret"
            )
        }
        return key
    }
}
