// The load generator: many clients on one Unix socket, messages from a fixed schedule, figures as lines or as JSON.

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
            last one. Start the server with --rate 0. The status is 1 where a message was lost, doubled or out of order.
            """)

    @Option(help: "The server's Unix socket.", completion: .file()) var socket: String
    @Option(help: "Clients in the lobby; all receive everything.") var subscribers = 1_000
    @Option(help: "How many of them send, in turn.") var publishers = 10
    @Option(help: "Messages a second, of all publishers together.") var rate = 100.0
    @Option(help: "Seconds to measure.") var seconds = 10.0
    @Option(help: "Seconds of the same load before that.") var warmup = 1.0
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Option(
        help: """
            chat, or raw: for a server that sends the frames it gets to everyone; the frames have the size of \
            chat's events.
            """)
    var `protocol` = WireProtocol.chat
    @Option(help: "The server's process, where the socket was made by another (systemd).") var serverPid: Int32?
    @Flag(help: "One message at a time, as fast as they arrive.") var closed = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard subscribers > 0, publishers > 0, publishers <= subscribers, rate > 0, seconds > 0, warmup >= 0,
            textBytes > 0
        else { throw ValidationError("All numbers must be above 0, and --publishers at most --subscribers.") }
    }

    func run() throws {
        _ = Process.raiseDescriptorLimit()
        let server = try serverPid.map(ServerProcess.init) ?? ServerProcess(behind: socket)
        var load = Load(
            crowd: try Crowd(batch: Load.readyBatch), publishers: publishers, protocol: `protocol`,
            text: String(repeating: "x", count: textBytes))
        let before = server.memory
        let connectionsPerSecond = try load.connect(subscribers, to: socket)
        let idle = server.memory
        let pace = closed ? nil : rate
        _ = load.drive(rate: pace, seconds: warmup)
        let cpu = server.cpuSeconds
        let run = load.drive(rate: pace, seconds: seconds)
        let report = Report(
            run: run, connections: subscribers, connectionsPerSecond: connectionsPerSecond,
            serverSeconds: server.cpuSeconds - cpu, before: before, idle: idle, after: server.memory)
        print(json ? report.json : report.text)
        if let error = run.firstError { Process.writeErrorLine("The server said: \(error)") }
        if !run.isWhole { throw ExitCode(1) }
    }
}

extension WireProtocol: ExpressibleByArgument {}

/// The generator can't go on.
struct BenchError: Error, CustomStringConvertible {
    let description: String
}
