package enum Version {
    /// semver.org; the package, `chatrelay --version`, the page (nginx/html/page/version.js, index.html) and the library
    /// (nginx/html/package.json) say the same.
    package static let current = "0.1.0"
}
