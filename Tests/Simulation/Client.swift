// A client as a good library makes it: it keeps its token and its position, comes back after every break, sends again what
// was not acknowledged, and pages back where something is missing. Client+Receive.swift has what it does with what it gets,
// Client+Act.swift what it does by itself.

import Chat
import WebSocket

/// What all clients of one user keep together.
final class Keep {
    var token: String?
    /// The token that they send as a cookie to Socket.IO.
    var cookie: String?
}

/// A message that is not acknowledged.
struct Pending {
    let id: String
    /// A room, or a name.
    let place: String
    let isPrivate: Bool
    let text: String
    /// When it is sent again, on the monotonic clock.
    var dueAt: Int64 = .min
}

/// What kind of nuisance a client is.
enum Vice: CaseIterable { case garbage, liar, repeater, laggard, flooder, mute }

final class Client {
    enum State: Equatable {
        case offline(until: Int64)
        /// Connected and not welcome yet; says hello, or gives up, at these times.
        case greeting(hello: Int64, giveUp: Int64)
        case online
    }

    /// A room, on this connection.
    enum Hearing: Equatable {
        /// It was in the hello, or `join` was sent.
        case asked
        /// `joined` came, its newest messages did not.
        case joinedRoom
        case live
        /// `leave` was sent.
        case leaving
    }

    let index: Int
    let vice: Vice?
    /// How it comes to Socket.IO; nil for a client of chatrelay.v1.
    let way: SocketIOEnd.Way?
    let keep: Keep
    unowned let world: World
    var name: String
    var state: State
    /// Its connection, unless it is a client of Socket.IO.
    private(set) var link: Link?
    private(set) var socket: SocketIOEnd?
    var frames = ServerFrames()

    // What is kept over connections.
    var user: UserID?
    var ledgerName: String?
    var position: UInt64?
    var rooms: [String] = []
    var pending: [Pending] = []
    var acknowledged: [String: UInt64] = [:]
    var nextID = 0
    var got: Set<UInt64> = []
    var covered: [String: Coverage] = [:]
    /// The private messages, and of which user.
    var privates = Coverage()
    var privatesOf: UserID?
    /// The announcements.
    var notices = Coverage()
    /// Whether nobody looks at it.
    var isAway = false
    /// The messages that people see, by place: a room, or `@`.
    var shown: [String: Set<UInt64>] = [:]

    // What belongs to a connection.
    var hearing: [String: Hearing] = [:]
    /// When `join`, or then `leave`, was sent.
    var joinedAt: [String: Int64] = [:]
    var views: [String: View] = [:]
    /// The rooms of the hello that have not answered.
    var waits: Set<String> = []
    var isArriving = false
    /// It gets the newest messages, not all that it missed.
    var isNew = true
    var goal: UInt64 = 0
    /// The highest number that came, and that came live or as missed: those grow.
    var highest: UInt64 = 0
    var lastLive: UInt64 = 0
    /// The newest number in the answer with which each room began.
    var newest: [String: UInt64] = [:]
    /// The place of the page under way, and since when.
    var paging: (place: String, before: UInt64, since: Int64)?
    var lostAt: Int64?
    /// What the hello said.
    var sentToken: String?
    /// The number of the crash that the hello answers.
    var again: Int?
    var since: UInt64?
    var listed: Set<String> = []
    /// All users that it has been.
    var users: Set<UserID> = []

    init(_ index: Int, _ world: World, _ keep: Keep, _ way: SocketIOEnd.Way?, vice: Vice?, startsAt: Int64) {
        self.index = index
        self.world = world
        self.keep = keep
        self.way = way
        self.vice = vice
        name = "Name \(index)"
        state = .offline(until: startsAt)
        let all = world.profile.rooms
        rooms = world.profile.isEverywhere ? all : Set([world.dice.pick(all), world.dice.pick(all)]).sorted()
    }

    var isGood: Bool { vice == nil }
    var isLive: Bool { state == .online && !isArriving }
    var now: Int64 { world.now.monotonic }

    // MARK: the connection

    var isConnected: Bool { link != nil || socket != nil }
    /// All connections that it has open.
    var links: [Link] { socket?.links ?? link.map { [$0] } ?? [] }
    var hasReadAll: Bool { isConnected && links.allSatisfy(\.down.isEmpty) && socket?.awaited.isEmpty != false }

    /// Its session of the chat, where the daemon has one.
    var session: SessionID? {
        if let socket { return world.daemon.session(of: socket.sid, on: socket.links) }
        return link.flatMap { $0.phase == .open ? $0.session : nil }
    }

    func connect() {
        if let way {
            socket = SocketIOEnd(self, way)
            socket?.open()
        } else {
            link = world.daemon.accept(index)
        }
        frames = ServerFrames()
        (hearing, joinedAt) = ([:], [:])
        views = [:]
        paging = nil
        again = nil
        state = .greeting(hello: now, giveUp: now + 25_000)
        if vice == .mute { return }
        hello()
    }

    func hello() {
        state = .greeting(hello: .max, giveUp: now + 25_000)
        sentToken = keep.token
        let isBack = position != nil
        let listed = isBack ? rooms.filter { covered[$0]?.canResume(at: position ?? 0) == true } : rooms
        self.listed = Set(listed)
        waits = self.listed
        since = position
        if vice == .liar, keep.token == nil { return lie() }
        var fields = #""type":"hello","name":"\#(name)","rooms":[\#(quoted(listed))]"#
        // Rooms that were closed meanwhile are refused, or made again.
        if world.dice.permille(700) { fields += #","create":true"# }
        if isAway { fields += #","away":true"# }
        if let again { fields += #","again":\#(again)"# }
        if let token = keep.token { fields += #","token":"\#(token)""# }
        if let position, let ledgerName { fields += #","since":\#(position),"ledger":"\#(ledgerName)""# }
        write("{\(fields)}")
    }

    /// Sends a command.
    func write(_ json: String) {
        if let socket { socket.perform(json) } else { write(.text, Array(json.utf8)) }
    }

    func write(_ opcode: Opcode, _ payload: [UInt8]) {
        if let socket { return socket.writeRaw(opcode, payload) }
        if let link { write(opcode, payload, to: link) }
    }

    func write(_ opcode: Opcode, _ payload: [UInt8], to link: Link) {
        guard !link.isCut else { return }
        let key = UInt32(truncatingIfNeeded: world.dice.below(1 << 32))
        // Now and then a message comes in fragments, with a ping between.
        if opcode == .text, payload.count > 2, world.dice.permille(30) {
            let half = world.dice.below(payload.count)
            Frame.masked(.text, Array(payload.prefix(half)), key: key, final: false, to: &link.up)
            Frame.masked(.ping, [1, 2], key: key, to: &link.up)
            Frame.masked(.continuation, Array(payload.dropFirst(half)), key: key, to: &link.up)
        } else {
            Frame.masked(opcode, payload, key: key, to: &link.up)
        }
    }

    /// One of its connections is gone.
    func ended(_ link: Link, wait: Int) {
        guard links.contains(where: { $0 === link }) else { return }
        if socket?.isProbe(link) == true { socket?.abandonProbe() } else { lost(wait: wait) }
    }

    /// The connection is gone.
    /// - Parameter wait: milliseconds until it comes back.
    func lost(wait: Int) {
        guard isConnected else { return }
        socket?.close()
        (link, socket) = (nil, nil)
        lostAt = now
        stopHearing()
        state = .offline(until: now + Int64(wait))
        for index in pending.indices { pending[index].dueAt = .min }
        world.findings.note("client \(index) is offline for \(wait) ms, position \(String(describing: position))")
    }

    /// The server has crashed, and the line has not broken.
    func startAgain(_ number: Int) {
        lostAt = now
        stopHearing()
        (hearing, joinedAt) = ([:], [:])
        views = [:]
        paging = nil
        again = number
        for index in pending.indices { pending[index].dueAt = .min }
        if vice == .mute { return state = .greeting(hello: now, giveUp: now + 25_000) }
        hello()
    }

    /// What it has of each place it has up to where it came.
    private func stopHearing() {
        let reached = isArriving && isNew ? highest : position ?? 0
        for room in covered.keys { covered[room]?.end(at: reached) }
        privates.end(at: reached)
        notices.end(at: reached)
        isArriving = false
    }

    func quoted(_ texts: [String]) -> String { texts.map { "\"\($0)\"" }.joined(separator: ",") }
}
