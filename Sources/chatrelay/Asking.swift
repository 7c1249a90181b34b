// Shared by the commands that send a request to the daemon.

import ArgumentParser
import Operations

/// A command that sends one request to the daemon.
protocol Asking: ParsableCommand {
    var control: ControlOptions { get }
}

struct ControlOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The daemon's control socket.", valueName: "path"), completion: .file())
    var socket = ControlClient.defaultPath
}

extension Asking {
    /// Sends the request; throws the exit status if the daemon refuses it.
    func ask(
        _ command: ControlRequest.Command, _ subject: String? = nil, target: ControlRequest.Target? = nil,
        seq: UInt64? = nil, seconds: Int64? = nil, reason: String? = nil, rooms: [String]? = nil
    ) throws -> ControlAnswer {
        let request = ControlRequest(
            command, by: ControlClient.caller, subject: subject, target: target, seq: seq, seconds: seconds,
            reason: reason, rooms: rooms, process: ControlClient.unitProcess)
        do throws(ControlError) {
            return try ControlClient.ask(request, at: control.socket)
        } catch {
            throw fail(error)
        }
    }

    /// Prints the result of an admin command.
    func say(_ answer: ControlAnswer) { print(answer.sentence) }
}

/// Writes the reason of a failure to standard error.
func fail(_ failure: ControlError) -> ExitCode {
    ControlClient.complain("chatrelay: \(failure.sentence)")
    return ExitCode(failure.status)
}

/// A time span in the syntax of systemd.time(7), with one unit: "90", "15m", "2h", "7d".
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

/// Aligns the columns of a table.
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
