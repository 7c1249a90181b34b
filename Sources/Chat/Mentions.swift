// Which users a text names with an `@`.

extension Chat {
    /// Finds the users that a text names: `@` and a name, which ends where a word does. The longest known name counts. A name in code
    /// is not a mention.
    /// - Returns: details with the mentions only.
    func mentions(in text: String) -> MessageDetails {
        var details = MessageDetails()
        guard text.utf8.contains(UInt8(ascii: "@")) else { return details }
        var codes = text.codeSpans[...]
        var left = ChatLimits.mentions
        var before: Character = " "
        var index = text.startIndex
        while index < text.endIndex, left > 0 {
            let character = text[index]
            index = text.index(after: index)
            defer { before = character }
            guard character == "@", !before.isWordPart else { continue }
            while let code = codes.first, code.upperBound < index { codes.removeFirst() }
            guard codes.first?.contains(text.index(before: index)) != true else { continue }
            left -= 1
            let rest = text[index...]
            if let (user, end) = longestName(in: rest) {
                if !details.mentions.contains(user) { details.mentions.append(user) }
                index = end
            } else if settings.hereMentions, rest.prefix(4).lowercased() == "here",
                !rest.dropFirst(4).startsWithWordPart
            {
                details.mentionsAll = true
            }
        }
        return details
    }

    private func longestName(in rest: Substring) -> (user: UserID, end: String.Index)? {
        var ends: [String.Index] = []
        var index = rest.startIndex
        while index < rest.endIndex, ends.count < ChatLimits.nameCharacters {
            index = rest.index(after: index)
            ends.append(index)
        }
        for end in ends.reversed() where !(rest[end...].startsWithWordPart && rest[..<end].last?.isWordPart == true) {
            let candidate = String(rest[..<end])
            guard candidate.first?.isWhitespace == false, candidate.last?.isWhitespace == false,
                let name = try? UserName(candidate), let user = names.owner(ofKey: name.key)
            else { continue }
            return (users[user].id, end)
        }
        return nil
    }
}

extension Character {
    /// Whether a name or a word goes on with the character. Scripts without spaces between words end a name anywhere.
    fileprivate var isWordPart: Bool { isNumber || isLetter && isCased || self == "_" }
}

extension Substring {
    fileprivate var startsWithWordPart: Bool { first?.isWordPart == true }
}
