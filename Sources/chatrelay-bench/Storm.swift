// A crowd that comes all at once: strangers, people with names, or people who were cut off and missed something.

import ArgumentParser
import Linux

struct Storm: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let all clients come at once.",
        discussion: """
            With --bare they just connect and upgrade. Otherwise they say hello, and are there when they have joined. With \
            --missed they were there before: all are cut off, one client says as many messages, and they come back with `since`. \
            With --canned the server itself gives those messages to everybody who says hello (Tests/Bench/loop.c).
            """)

    @OptionGroup var target: Target
    @Option(help: "Clients.") var clients = 10_000
    @Option(help: "Messages that each has missed.") var missed = 0
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Flag(help: "Connect and upgrade only.") var bare = false
    @Flag(help: "The server needs no time before the storm.") var canned = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        _ = Process.raiseDescriptorLimit()
        let server = try target.server()
        let before = server.memory
        // Client 0 is the one that speaks meanwhile.
        var hellos = (1...clients).map { bare ? nil : target.protocol.hello($0, rooms: [0]) }
        if missed > 0, !canned {
            var first = try Crush(target, hellos, missed: 0, isSettling: true)
            _ = try first.run()
            hellos = first.comebacks
            first.hangUp()
            try speak()
        }
        let cpu = server.cpuSeconds
        var crush = try Crush(target, hellos, missed: missed, isSettling: false)
        let seconds = try crush.run()
        let figures: [Figure] = [
            ("clients", Double(clients)), ("missed", Double(missed)), ("seconds", seconds),
            ("connections_per_second", Double(clients) / seconds),
            ("p50_ms", crush.latencies.percentile(0.5)), ("p99_ms", crush.latencies.percentile(0.99)),
            ("server_cpu_seconds", server.cpuSeconds - cpu), ("server_busy", (server.cpuSeconds - cpu) / seconds),
            ("generator_busy", Double(crush.busyNanoseconds) / 1e9 / seconds),
            ("bytes_per_connection", Double(server.memory.own - before.own) / Double(clients)),
        ]
        print(json ? Report.json(figures) : Report.text(figures))
    }

    /// Says what the others miss.
    private func speak() throws {
        var load = Load(
            poller: try ConnectionPoller(batch: 1), target: target, seating: Seating(rooms: 1, each: 1), publishers: 1,
            text: String(repeating: "x", count: textBytes))
        _ = try load.connect(1)
        guard load.drive(messages: missed).isWhole else { throw BenchError(description: "A message was lost.") }
    }
}
