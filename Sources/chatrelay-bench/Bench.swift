// The load generator: many clients on one Unix socket, messages from a fixed schedule, figures as one line or as JSON.

import ArgumentParser
import Linux

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatrelay-bench",
        abstract: "Measure a chatrelay server over its Unix socket.",
        discussion: """
            Messages are sent at the times of a schedule, whether or not the server keeps up; latency counts from the \
            scheduled time to the receipt by each subscriber. With --closed the next message is sent when everyone has the \
            last one. Start the server with --rate 0.
            """)

    @Option(help: "The server's Unix socket.") var socket: String
    @Option(help: "Clients in the lobby; all receive everything.") var subscribers = 1_000
    @Option(help: "How many of them send, in turn.") var publishers = 10
    @Option(help: "Messages a second, of all publishers together.") var rate = 100.0
    @Option(help: "Seconds to measure.") var seconds = 10.0
    @Option(help: "Seconds of the same load before that.") var warmup = 1.0
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Flag(help: "One message at a time, as fast as they arrive.") var closed = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard subscribers > 0, publishers > 0, publishers <= subscribers, rate > 0, seconds > 0, warmup >= 0 else {
            throw ValidationError("All numbers must be above 0, and --publishers at most --subscribers.")
        }
    }

    func run() throws {
        var crowd = Load(crowd: try Crowd(batch: 1_024), text: String(repeating: "x", count: max(textBytes, 1)))
        let server = try ServerProcess(behind: socket)
        let before = server.ownBytes
        let opened = try crowd.connect(subscribers, to: socket)
        let idle = server.ownBytes
        let schedule = closed ? nil : rate
        _ = crowd.drive(publishers: publishers, rate: schedule, seconds: warmup)
        let cpu = server.cpuSeconds
        var result = crowd.drive(publishers: publishers, rate: schedule, seconds: seconds)
        result.serverSeconds = server.cpuSeconds - cpu
        result.connectionsPerSecond = opened
        result.idleBytes = Double(idle - before) / Double(subscribers)
        result.usedBytes = Double(server.ownBytes - before) / Double(subscribers)
        print(json ? result.json : result.text)
        if result.lost > 0 || result.disordered > 0 { throw ExitCode(1) }
    }
}
