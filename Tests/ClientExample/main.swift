// Prints the messages of a room, and sends the lines of its input: ENDPOINT ROOM TOKEN. Tests/System/test_swift_client.py runs it.

#if Client

import ChatrelayClient
import Foundation

guard CommandLine.arguments.count == 4, let endpoint = ChatEndpoint(CommandLine.arguments[1]) else {
    fatalError("chatrelay-client-example ws://HOST:PORT/ws|unix:PATH ROOM TOKEN")
}
let room = CommandLine.arguments[2]
var settings = ChatSettings(endpoint, token: CommandLine.arguments[3], rooms: [room], createsRooms: true)
// For the test of a slow consumer.
let pause = ProcessInfo.processInfo.environment["PAUSE"].flatMap(Int.init) ?? 0
if pause > 0 { settings.bufferedEvents = 40 }
let client = ChatClient(settings)
let (lines, input) = AsyncStream<String>.makeStream()
DispatchQueue(label: "input").async {
    while let line = readLine() { input.yield(line) }
    input.finish()
}

func show(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

await withTaskGroup { group in
    group.addTask {
        do {
            try await client.run()
        } catch {
            show("ended: \(error)")
        }
    }
    group.addTask {
        for await event in client.events {
            if pause > 0 { try? await Task.sleep(for: .milliseconds(pause)) }
            switch event {
            case .message(let message): show("\(message.from): \(message.text)")
            case .connected(let welcome): show("connected as \(welcome.name)")
            case .disconnected, .gap, .roomRefused, .other: break
            }
        }
    }
    for await line in lines {
        do {
            show("stored \(try await client.send(line, to: room))")
        } catch {
            show("not stored: \(error)")
        }
    }
    await group.waitForAll()
}

#endif
