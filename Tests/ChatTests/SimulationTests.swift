// Some hundred clients do random things to one chat, good and bad; each client keeps the books that a real client could
// keep from what it receives, and the model keeps what should have happened. Everything comes from the seed.

import FoundationEssentials
import Testing

@testable import Chat

@Suite struct SimulationTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func everyoneGetsEverythingOnceAndInOrder(_ seed: UInt64) throws {
        var simulation = Simulation(seed: seed)
        for _ in 0..<3_000 { try simulation.step() }
        try simulation.commit(atMost: .max)
        #expect(simulation.committed > 100, "seed \(seed)")
        #expect(simulation.refused > 200, "seed \(seed)")
        simulation.disconnectAll()
        #expect(simulation.server.chat.figures == (users: 0, rooms: 2), "seed \(seed)")
    }
}

/// What a client knows from what it received.
private struct Client {
    var name: String?
    var rooms: Set<String> = []
    /// The `seq` of the messages that it should have got, and of those that it got.
    var due: [UInt64] = []
    var got: [UInt64] = []
}

/// All that a client reads of an event.
private struct Received: Decodable {
    var type: String
    var event: String?
    var name: String?
    var room: String?
    var users: Int?
    var seq: UInt64?
    var id: String?
    var from: String?
    var text: String?
}

private struct Simulation {
    private static let slots: UInt32 = 150
    private(set) var server: TestServer
    private(set) var committed: UInt64 = 0
    private(set) var refused = 0
    private var random: SeededRandom
    private var clients: [SessionID: Client] = [:]
    private var generations = [UInt32](repeating: 0, count: Int(slots))
    private var sent: [String: Message] = [:]
    private var nextID = 0
    private let decoder = JSONDecoder()

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        server = TestServer(ChatSettings(rooms: ["lobby", "news"], rate: 20, burst: 20), seed: seed)
    }

    mutating func step() throws {
        server.now.wall += 1
        server.now.monotonic += Int64.random(in: 0...40, using: &random)
        let slot = UInt32.random(in: 0..<Simulation.slots, using: &random)
        let session = SessionID(slot: slot, generation: generations[Int(slot)])
        if clients[session] == nil {
            connect(slot)
        } else if server.closed[session] != nil || chance(1, in: 40) {
            disconnect(session)
        } else {
            server.receive(session, command(of: session))
        }
        if chance(1, in: 20) { server.tick() }
        try readAll()
        if chance(1, in: 3) { try commit(atMost: Int.random(in: 1...5, using: &random)) }
        if chance(1, in: 10) { try check() }
    }

    mutating func commit(atMost count: Int) throws {
        for _ in 0..<count {
            guard case .message(let message) = server.nextEntry else { return }
            committed += 1
            for session in clients.keys where clients[session]?.rooms.contains(message.room) == true {
                clients[session]?.due.append(committed)
            }
            #expect(sent[message.id] == nil, "one entry for each id")
            sent[message.id] = message
            server.commit(atMost: 1)
            try readAll()
        }
    }

    mutating func disconnectAll() {
        for session in clients.keys.sorted(by: { $0.slot < $1.slot }) { disconnect(session) }
    }

    private mutating func connect(_ slot: UInt32) {
        generations[Int(slot)] += 1
        let session = SessionID(slot: slot, generation: generations[Int(slot)])
        clients[session] = Client()
        server.connect(session)
    }

    private mutating func disconnect(_ session: SessionID) {
        server.disconnect(session)
        clients[session] = nil
    }

    private mutating func chance(_ part: Int, in whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &random) < part
    }

    private mutating func command(of session: SessionID) -> String {
        let name = pick(["Ada", "ADA", "ａｄａ", "Bob", "bob2", "Zoë", "", "a\u{200B}b", "quiet-otter", "x\(nextID % 90)"])
        if clients[session]?.name == nil, !chance(1, in: 10) {
            return chance(1, in: 3)
                ? #"{"type":"hello","name":"\#(name)","rooms":["lobby","attic"]}"# : #"{"type":"hello"}"#
        }
        let room = pick(["lobby", "lobby", "news", "attic", "cellar", "Bad Room"])
        nextID += 1
        return pick([
            #"{"type":"message","id":"m-\#(nextID)","room":"\#(room)","text":"text \#(nextID)"}"#,
            #"{"type":"message","id":"m-\#(nextID)","room":"lobby","text":"text \#(nextID)"}"#,
            #"{"type":"message","id":"?","room":"lobby","text":"never"}"#,
            #"{"type":"join","room":"\#(room)"}"#, #"{"type":"join","room":"\#(room)","create":true}"#,
            #"{"type":"leave","room":"\#(room)"}"#, #"{"type":"rename","name":"\#(name)"}"#,
            #"{"type":"who","room":"\#(room)"}"#, #"{"type":"rooms"}"#, #"{"type":"typing","room":"\#(room)"}"#,
            #"{"type":"hello"}"#, #"{"type":7}"#, #"{"type":"#, "",
        ])
    }

    private mutating func pick(_ texts: [String]) -> String { texts[Int.random(in: texts.indices, using: &random)] }

    private mutating func readAll() throws {
        for session in clients.keys {
            for text in server.takeInbox(of: session) {
                try read(decoder.decode(Received.self, from: Data(text.utf8)), session)
            }
        }
    }

    private mutating func read(_ event: Received, _ session: SessionID) throws {
        let room = event.room ?? ""
        switch event.type {
        case "welcome": clients[session]?.name = event.name
        case "renamed": clients[session]?.name = event.name
        case "joined": clients[session]?.rooms.insert(room)
        case "left": clients[session]?.rooms.remove(room)
        case "error": refused += 1
        case "message":
            let seq = try #require(event.seq)
            clients[session]?.got.append(seq)
            let id = try #require(event.id)
            let message = try #require(sent[id])
            #expect([message.room, message.from, message.text] == [room, event.from, event.text])
        case "system", "typing":
            #expect(clients[session]?.rooms.contains(room) == true, "only of the rooms that one is in")
        case "who", "rooms": break
        default: Issue.record("nobody knows \(event.type)")
        }
    }

    private func check() throws {
        var keys: Set<String> = []
        var members: [String: Int] = [:]
        for (session, client) in clients {
            #expect(client.got == client.due, "each message once, in order")
            if let name = client.name { #expect(keys.insert(try UserName(name).key).inserted, "two are \(name)") }
            for room in client.rooms {
                members[room, default: 0] += 1
                let id = try #require(server.chat.rooms.id(named: room))
                #expect(server.subscribers[id]?.contains(session) == true, "a member hears the room")
            }
        }
        #expect(server.chat.figures.users == keys.count)
        #expect(Set(members.keys).union(["lobby", "news"]).count == server.chat.figures.rooms)
        // As many hear the rooms as are in them, so nobody else does.
        #expect(server.subscribers.values.reduce(0) { $0 + $1.count } == members.values.reduce(0, +))
        for (room, count) in members {
            #expect(server.chat.rooms.id(named: room).map { server.chat.rooms[$0].members.count } == count)
        }
    }
}
