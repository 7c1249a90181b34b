// What clients, administrators, the ledger and the clock can do to a chat, in any order.

import Chat
import Model
import Primitives

/// An input is lines. The first character of each says what happens, the rest is what it is done with:
/// `0` to `3` the session gets the text, `c` connects (with an address), `d` disconnects, `t` time passes, `h` the ledger is held
/// up or goes on, `m` and `r` it commits or refuses, `a` and `f` it answers or fails, `g` forgets, `w` a planned restart, `z` a
/// crash, all others are orders.
struct Commands {
    private let beginning: Server

    init() {
        let server = Server()
        do {
            try server.fill()
            try server.receive(0, Array(#"{"type":"message","id":"m1","room":"lobby","text":"Hi"}"#.utf8))
            try server.tick(after: 5_000)
        } catch {
            preconditionFailure("\(error)")
        }
        beginning = server
    }

    func check(_ input: [UInt8]) throws {
        let server = Server(beginning)
        for line in input.split(separator: UInt8(ascii: "\n")) {
            // What comes here has gone through the endpoint, which lets only UTF-8 through.
            let text = String(decoding: line.dropFirst(), as: UTF8.self)
            try act(line[line.startIndex], text, on: server)
        }
        server.isHeld = false
        try server.settle()
        for slot in 0..<Server.slots { try server.disconnect(slot) }
        try server.tick(after: 2_000)
        try server.tick(after: 10_000)
        try expect(
            server.chat.figures == (0, Server.settings.rooms.count),
            "All have gone, and there are still users and rooms: \(server.chat.figures)")
    }

    private func act(_ kind: UInt8, _ text: String, on server: Server) throws {
        let number = text.utf8.first.map(UInt64.init) ?? 0
        switch Unicode.Scalar(kind) {
        case "0"..."3": try server.receive(UInt32(kind - UInt8(ascii: "0")), Array(text.utf8))
        case "c": try server.connect(UInt32(number) % Server.slots, network(text).address)
        case "d": try server.disconnect(UInt32(number) % Server.slots)
        case "t": try server.tick(after: Int64(number * number * 64))
        case "h":
            server.isHeld.toggle()
            if !server.isHeld { try server.settle() }
        case "m": try server.commit()
        case "r": try server.commit(isRefused: true)
        case "a": try server.answer()
        case "f": try server.answer(isFailed: true)
        case "g": try server.forget(upTo: min(number % 16, server.ledger.seq))
        case "w": try restart(server)
        case "z": try server.crash()
        default: if let order = order(kind, text) { try server.administer(order) }
        }
    }

    private func restart(_ server: Server) throws {
        server.isHeld = false
        try server.settle()
        let state = server.state()
        try expect(try server.resume(state), "What was written is refused.")
        try expect(server.state() == state, "What is read and written again is something else.")
    }

    private func order(_ kind: UInt8, _ text: String) -> AdminCommand? {
        let until = Int64(1_767_225_700_000)
        return switch Unicode.Scalar(kind) {
        case "k": .kick(name: text, reason: text)
        case "b": .ban(.name(text), until: until, reason: nil)
        case "u": .ban(.user(text), until: nil, reason: text)
        case "n": .ban(.network(network(text)), until: until, reason: nil)
        case "x": .unban(.name(text))
        case "y": .unban(.user(text))
        case "v": .unban(.network(network(text)))
        case "q": .mute(name: text, until: until, reason: nil)
        case "s": .unmute(name: text)
        case "!": .announce(text)
        case "-": .delete(UInt64(text) ?? 0)
        default: nil
        }
    }

    /// One of few, so that they meet.
    private func network(_ text: String) -> IPNetwork {
        let low = UInt64(text.utf8.last ?? 0) & 3
        return IPNetwork(IPAddress(high: 0, low: low), bits: text.utf8.count & 1 == 0 ? 128 : 127)
    }
}
