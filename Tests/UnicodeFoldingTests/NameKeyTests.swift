import Testing
import UnicodeFolding

@Suite struct NameKeyTests {
    @Test(
        arguments: [
            ("Ada", "ada"), ("ＡＤＡ", "ada"), ("𝐀𝐝𝐚", "ada"), ("Ⓐⓓⓐ", "ada"),
            ("ﬁnn", "finn"), ("Straße", "STRASSE"), ("STRAẞE", "strasse"), ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﾊﾝ", "ハン"), ("ﾊﾞﾝ", "バン"), ("e\u{301}", "é"), ("a\u{301}\u{323}", "a\u{323}\u{301}"),
            ("a\u{200B}da", "ada"), ("a\u{200D}d\u{FE0F}a", "ada"), ("a\u{AD}da\u{2060}", "ada"),
            ("a\u{E0041}da", "ada"),
            ("Ada  Byron", "ada byron"), ("Ada\u{3000}Byron", "ada byron"), (" Ada\u{A0}", "ada"),
        ])
    func sameNames(_ one: String, _ other: String) {
        #expect(nameKey(one) == nameKey(other))
        // Strings are compared by canonical equivalence; the bytes must be the same, too.
        #expect(Array(nameKey(one).utf8) == Array(nameKey(other).utf8))
    }

    @Test(
        arguments: [
            ("Ada", "Ida"), ("ada", "ada2"), ("Ada Byron", "AdaByron"), ("ä", "a"), ("ハン", "バン"), ("a\0b", "a\0c"),
        ])
    func differentNames(_ one: String, _ other: String) {
        #expect(nameKey(one) != nameKey(other))
    }

    @Test(arguments: ["", "\u{200B}\u{200D}", " \u{3000}\t", "\u{3164}"])
    func namesWithoutVisibleCharactersHaveNoKey(_ name: String) {
        #expect(nameKey(name).isEmpty)
    }

    /// The short way for ASCII against the one for all names.
    @Test func printableNamesHaveTheSameKeyInBothWays() {
        for scalar in (0...0x7F as ClosedRange<UInt8>).map(Unicode.Scalar.init) {
            for name in ["\(scalar)", "a\(scalar)", "\(scalar)Z", " \(scalar)  Ada \(scalar)", "é\(scalar)É"] {
                #expect(Array(nameKey(name).utf8) == Array(foldedKey(name).utf8), "\(name.debugDescription)")
            }
        }
    }

    @Test func keysOfKeysAreTheSame() {
        let scalars = (0...0x1FFFF as ClosedRange<UInt32>).compactMap { Unicode.Scalar($0) }
        let unstable = scalars.filter { scalar in
            let key = nameKey(String(scalar))
            return nameKey(key) != key
        }
        #expect(unstable == [])
    }
}
