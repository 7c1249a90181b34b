// A chat in which messages were sent before, and their sequence numbers in what a session gets.

import Chat

extension ScriptedChat {
    /// Ada, who is user 1, has sent this many messages, with the sequence numbers 2 and up. The chat has started since.
    init(messages: Int, recent: Int = ChatLimits.recentMessages) {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        let ada = script.connect(0, as: "Ada")
        for number in 0..<messages {
            _ = script.send(ada, #"{"type":"message","id":"m\#(number)","room":"lobby","text":"Hello"}"#)
        }
        _ = script.commit()
        self.init(ChatSettings(rate: 0, graceSeconds: 0), ledger: script.ledger, recent: recent)
    }
}

/// All sequence numbers in these texts.
func seqs(_ texts: [String]) -> [Int] {
    texts.flatMap { $0.components(of: #""seq":"#).compactMap { Int($0.prefix { $0.isNumber }) } }
}

extension String {
    /// The text after each occurrence of a separator.
    fileprivate func components(of separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            rest = rest[range.upperBound...]
            parts.append(rest)
        }
        return parts
    }
}
