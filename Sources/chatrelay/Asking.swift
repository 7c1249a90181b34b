// What the commands that speak to the daemon share.

import ArgumentParser
import Operations

/// A command that is one request to the daemon.
protocol Asking: ParsableCommand {
    var control: ControlOptions { get }
}

struct ControlOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The daemon's control socket.", valueName: "path"), completion: .file())
    var socket = ControlClient.defaultPath
}

extension Asking {
    /// Asks, and ends the command where it is not done.
    func ask(
        _ command: ControlRequest.Command, _ subject: String? = nil, target: ControlRequest.Target? = nil,
        seq: UInt64? = nil, seconds: Int64? = nil, reason: String? = nil
    ) throws -> ControlAnswer {
        let request = ControlRequest(
            command, by: ControlClient.caller, subject: subject, target: target, seq: seq, seconds: seconds,
            reason: reason)
        do throws(ControlError) {
            return try ControlClient.ask(request, at: control.socket)
        } catch {
            throw fail(error)
        }
    }

    /// Says what came of an order.
    func say(_ answer: ControlAnswer) { print(answer.sentence) }
}

/// Writes why a command failed to standard error.
func fail(_ failure: ControlError) -> ExitCode {
    ControlClient.complain("chatrelay: \(failure.sentence)")
    return ExitCode(failure.status)
}

/// A time span as systemd.time(7) writes it, of one unit: "90", "15m", "2h", "7d".
struct TimeSpan: ExpressibleByArgument {
    let seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Int64(unit == nil ? argument[...] : argument.dropLast()), (1...315_360_000).contains(number)
        else { return nil }
        seconds = number * (unit ?? 1)
    }
}

/// Columns, as wide as they need.
func table(_ rows: [[String]]) -> String {
    guard let first = rows.first else { return "" }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        var line = ""
        for (column, text) in row.enumerated() {
            line += text
            if column + 1 < row.count { line += String(repeating: " ", count: widths[column] - text.count + 2) }
        }
        return line
    }.joined(separator: "\n")
}
