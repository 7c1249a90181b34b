import Testing

@testable import Chat

@Suite struct NameWordsTests {
    @Test(arguments: [NameWords.adjectives, NameWords.animals])
    func wordsAreShortPlainAndDifferent(_ words: [String]) {
        #expect(words.count == 64)
        #expect(Set(words).count == words.count)
        for word in words {
            #expect((3...10).contains(word.utf8.count), "\(word)")
            #expect(word.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }, "\(word)")
        }
    }
}
