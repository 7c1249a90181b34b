// Where a text is code. The page has the same rule (nginx/html/page/code-spans.js).

extension String {
    /// A longer run of backticks may enclose several lines.
    private static let fence = 3

    /// The code with its backticks, in order: from a run of backticks to the next run of the same length. A run of one or two ends
    /// on its own line, or is no code. Takes linear time.
    var codeSpans: [Range<Index>] {
        let runs = backtickRuns
        /// For each length of a run, the next run that has it.
        var next: [Int: Int] = [:]
        var partners = [Int?](repeating: nil, count: runs.count)
        for (number, run) in runs.enumerated().reversed() {
            if run.length == 0 { for length in 1..<Self.fence { next[length] = nil } }
            guard run.length > 0 else { continue }
            partners[number] = next[run.length]
            next[run.length] = number
        }
        var spans: [Range<Index>] = []
        var number = 0
        while number < runs.count {
            if let partner = partners[number] {
                spans.append(runs[number].range.lowerBound..<runs[partner].range.upperBound)
                number = partner
            }
            number += 1
        }
        return spans
    }

    /// The runs of backticks, and the line breaks as runs of length 0.
    private var backtickRuns: [(range: Range<Index>, length: Int)] {
        var runs: [(range: Range<Index>, length: Int)] = []
        var index = utf8.startIndex
        while index < utf8.endIndex {
            let start = index
            let byte = utf8[index]
            utf8.formIndex(after: &index)
            if byte == UInt8(ascii: "\n") { runs.append((start..<index, 0)) }
            guard byte == UInt8(ascii: "`") else { continue }
            var length = 1
            while index < utf8.endIndex, utf8[index] == UInt8(ascii: "`") {
                utf8.formIndex(after: &index)
                length += 1
            }
            runs.append((start..<index, length))
        }
        return runs
    }
}
