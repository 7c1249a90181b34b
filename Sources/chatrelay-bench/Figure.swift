// Figures, printed as lines or as JSON.

/// A figure's name in JSON, and its value.
typealias Figure = (name: String, value: Double)

enum FigureFormat {
    static func json(_ figures: [Figure]) -> String {
        "{" + figures.map { "\"\($0.name)\":\(rounded($0.value))" }.joined(separator: ",") + "}"
    }

    static func text(_ figures: [Figure]) -> String {
        let width = figures.map(\.name.count).max() ?? 0
        return figures.map { name, value in
            let words = name.split(separator: "_").joined(separator: " ")
            return words + String(repeating: " ", count: width - words.count + 2) + rounded(value)
        }.joined(separator: "\n")
    }

    private static func rounded(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
    }
}
