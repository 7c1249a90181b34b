package enum Version {
    /// semver.org; the package and `chatrelay --version` say the same.
    package static let current = "0.1.0"
}
