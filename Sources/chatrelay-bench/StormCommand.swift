// Connection storms: many clients that connect at once, for the first time or again after a disconnect.

import ArgumentParser
import Linux

struct StormCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "Connect all clients at once.",
        discussion: """
            With --bare the clients only connect and upgrade. Otherwise they send hello, and are counted when they have \
            joined. With --missed they were connected before: all disconnect, one client sends that many messages, and all \
            resume with `since`. With --canned the server itself sends those messages after each hello (Tests/Bench/loop.c).
            """)

    @OptionGroup var target: TargetOptions
    @Option(help: "Clients.") var clients = 10_000
    @Option(help: "Messages that each client has missed.") var missed = 0
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Flag(help: "Connect and upgrade only.") var bare = false
    @Flag(help: "The server needs no clients before the storm.") var canned = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        _ = Process.raiseDescriptorLimit()
        let server = try target.server()
        let before = server.memory
        // Client 0 is the one that sends the missed messages.
        var hellos = (1...clients).map { bare ? nil : target.protocol.hello($0, rooms: [0]) }
        if missed > 0, !canned {
            var first = try ConnectionStorm(target, hellos, missed: 0, awaitsSession: true)
            _ = try first.run()
            hellos = first.resumingHellos
            first.disconnect()
            try sendMissed()
        }
        let cpu = server.cpuSeconds
        var storm = try ConnectionStorm(target, hellos, missed: missed, awaitsSession: false)
        let seconds = try storm.run()
        let figures: [Figure] = [
            ("clients", Double(clients)), ("missed", Double(missed)), ("seconds", seconds),
            ("connections_per_second", Double(clients) / seconds),
            ("p50_ms", storm.latencies.milliseconds(at: 50)), ("p99_ms", storm.latencies.milliseconds(at: 99)),
            ("server_cpu_seconds", server.cpuSeconds - cpu), ("server_busy", (server.cpuSeconds - cpu) / seconds),
            ("generator_busy", Double(storm.busyNanoseconds) / 1e9 / seconds),
            ("bytes_per_connection", Double(server.memory.own - before.own) / Double(clients)),
        ]
        print(json ? FigureFormat.json(figures) : FigureFormat.text(figures))
    }

    /// Sends the messages that the clients miss.
    private func sendMissed() throws {
        var load = Load(
            poller: try ConnectionPoller(batch: 1), target: target, assignment: RoomAssignment(rooms: 1, each: 1),
            publishers: 1,
            text: String(repeating: "x", count: textBytes))
        _ = try load.connect(1)
        guard load.drive(messages: missed).isComplete else { throw BenchError(description: "A message was lost.") }
    }
}
