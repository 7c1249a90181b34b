// The state that one process hands to the next, damaged: it is refused, or it can be lived with and handed on.

import Chat
import Compression
import HTTP
import StateCoding
import WebSocket

@testable import Handover
@testable import Transport

struct Restart {
    private let before: Server
    private let inflater = Inflater()
    private let now: Int64 = 1 << 40

    init() {
        let server = Server()
        do {
            try server.fill()
            try server.connect(3, nil)
            try server.receive(1, Array(#"{"type":"join","room":"attic","create":true}"#.utf8))
            try server.disconnect(2)
            try server.connect(2, nil)
        } catch {
            preconditionFailure("\(error)")
        }
        before = server
    }

    /// What is fuzzed begins behind the first byte, which says what it is.
    func check(_ input: [UInt8]) throws {
        guard let kind = input.first else { return }
        let bytes = Array(input[1...])
        switch kind & 3 {
        case 0: try checkChat(bytes)
        case 1: try checkConnection(bytes)
        case 2: try checkHanded(bytes)
        default: try checkHanded(RestartState.bytes(RestartState.Head(epoch: 0, ledger: "")) { $0.write(bytes) })
        }
    }

    private func checkChat(_ bytes: [UInt8]) throws {
        let server = Server(before)
        guard try server.resume(bytes) else { return }
        let state = server.state()
        try expect(try server.resume(state), "What it writes is refused.")
        try expect(server.state() == state, "What is read and written again is something else.")
        for slot in 0..<Server.slots {
            try server.receive(slot, Array(#"{"type":"hello","rooms":["attic"],"create":true,"since":1}"#.utf8))
            try server.receive(slot, Array(#"{"type":"message","id":"1","room":"lobby","text":"a"}"#.utf8))
            try server.receive(slot, Array(#"{"type":"rename","name":"Dee\#(slot)"}"#.utf8))
            try server.receive(slot, Array(#"{"type":"leave","room":"lobby"}"#.utf8))
        }
        try server.tick(after: 1_000)
        for slot in 0..<Server.slots { try server.disconnect(slot) }
        try server.tick(after: 10_000)
        try server.tick(after: 4_000_000)
        try expect(server.chat.figures.users == 0, "All have gone, and there are users.")
    }

    private func checkConnection(_ bytes: [UInt8]) throws {
        var reader = StateReader(bytes)
        guard let state = try? ConnectionState(from: &reader, at: now) else { return }
        var writer = StateWriter()
        state.connection.write(to: &writer, slot: state.slot, outbox: state.outbox, at: now)
        var again = StateReader(writer.bytes)
        let other = try ConnectionState(from: &again, at: now)
        var second = StateWriter()
        other.connection.write(to: &second, slot: other.slot, outbox: other.outbox, at: now)
        try expect(again.isAtEnd && writer.bytes == second.bytes, "What is read and written again is something else.")
        other.connection.write(to: &second, slot: other.slot, outbox: other.outbox, at: now + 1_000)
        try use(state.outbox)
        switch state.connection.phase {
        case .handshake(var parser): _ = try? parser.receive(bytes.span)
        case .open(var endpoint), .closing(var endpoint):
            _ = endpoint.position
            endpoint.receive(bytes.span, inflater) { _ in }
        case .control, .waiting, .streaming, .lingering: break
        }
    }

    private func use(_ outbox: Outbox) throws {
        var (outbox, cut) = (outbox, outbox)
        let rest = Array(outbox.unwritten)
        cut.cut()
        try expect(cut.next.map { Array($0.chunk[$0.range]) } ?? [] == rest, "A cut keeps something else.")
        while let (chunk, range) = outbox.next {
            try expect(!range.isEmpty && range.upperBound <= chunk.count, "There is nothing to write.")
            outbox.consume((range.count + 1) / 2)
            _ = outbox.unwritten
        }
        try expect(outbox.bytes == 0, "\(outbox.bytes) bytes are left of nothing.")
    }

    private func checkHanded(_ bytes: [UInt8]) throws {
        guard let (head, reader) = try? RestartState.open(bytes) else { return }
        try expect(!reader.isAtEnd || head.ledger.isEmpty, "There is a head alone.")
    }
}
