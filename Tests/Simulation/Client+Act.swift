// What a client does by itself: what people do, and what a library does for them. Nuisances do more.

import WebSocket

@testable import Chat

extension Client {
    private var dice: Dice { world.dice }

    /// A turn has come: what is due is done, and maybe something else.
    func act(isQuiet: Bool) {
        socket?.act()
        switch state {
        case .offline(let until): if until <= now { connect() }
        case .greeting(let hello, let giveUp):
            if giveUp <= now { return hangUp() }
            if hello <= now, vice != .mute { self.hello() }
        case .online: keepUp()
        }
        guard !isQuiet, dice.permille(world.profile.acts) else { return }
        if vice != nil, dice.permille(500) { misbehave() }
        if state == .online { doSomething() }
    }

    /// What a library does: it is in its rooms, has what it missed, and sends what is not acknowledged.
    private func keepUp() {
        guard !isArriving || (isEager && dice.permille(100)) else { return }
        for room in rooms where hearing[room] == nil && dice.permille(500) { join(room) }
        for room in rooms where hearing[room] == .asked && joinedAt[room] ?? .max < now - 15_000 { join(room) }
        for room in hearing.keys.sorted() where hearing[room] == .leaving && joinedAt[room] ?? .max < now - 15_000 {
            leave(room)
        }
        guard !isArriving else { return }
        for room in rooms where views[room]?.isUnknown == true && dice.permille(100) {
            write(#"{"type":"who","room":"\#(room)"}"#)
        }
        for index in pending.indices where pending[index].dueAt <= now {
            guard pending[index].isPrivate || hearing[pending[index].place] == .live else { continue }
            pending[index].dueAt = now + 15_000
            send(pending[index])
        }
        if let paging, now - paging.since > 15_000 { self.paging = nil }
        if paging == nil, dice.permille(500) { page() }
    }

    /// Whether it joins further rooms while it still gets what it missed.
    private var isEager: Bool { index % 3 == 0 }

    private func join(_ room: String) {
        hearing[room] = .asked
        joinedAt[room] = now
        write(#"{"type":"join","room":"\#(room)","create":true}"#)
    }

    private func send(_ message: Pending) {
        let place = message.isPrivate ? #""type":"private","to""# : #""type":"message","room""#
        write(#"{\#(place):"\#(message.place)","id":"\#(message.id)","text":"\#(message.text)"}"#)
    }

    /// Asks for what is missing.
    private func page() {
        let gaps = covered.keys.sorted().compactMap { room in
            hearing[room] == .live ? covered[room]?.gap.map { (place: room, low: $0) } : nil
        }
        guard let gap = gaps.first ?? privates.gap.map({ (place: "@", low: $0) }) else { return }
        paging = (gap.place, gap.low + 1, now)
        let room = gap.place == "@" ? "" : #","room":"\#(gap.place)""#
        write(#"{"type":"history"\#(room),"before":\#(gap.low + 1),"limit":\#(dice.pick([1, 10, 50, 100]))}"#)
    }

    /// What people do.
    private func doSomething() {
        if dice.permille(world.profile.gossip) { return dice.permille(600) ? say(to: someName()) : rename() }
        let room = dice.pick(world.profile.rooms)
        switch dice.below(100) {
        case ..<43: say(room: rooms.isEmpty ? room : dice.pick(rooms))
        case ..<55: changeSomething()
        case ..<68: say(to: someName())
        case ..<74: if !rooms.contains(room), rooms.count < 16 { rooms.append(room) }
        case ..<80: leave()
        case ..<85: rename()
        case ..<87: write(#"{"type":"typing","room":"\#(room)"}"#)
        case ..<88: write(#"{"type":"signal","room":"\#(room)","data":[{"seq":1}, "text"]}"#)
        case ..<89: write(#"{"type":"who","room":"\#(room)"}"#)
        case ..<90: dice.permille(500) ? write(#"{"type":"rooms"}"#) : changePresence()
        case ..<92: write(#"{"type":"search","text":"text"}"#)
        case ..<94: write(#"{"type":"history","with":"\#(someName())"}"#)
        case ..<96: write(#"{"type":"history","before":\#(1 + dice.below(Int(highest) + 2))}"#)
        case ..<97: hangUp()
        case ..<98: changePresence()
        default: if let last = acknowledged.keys.min() { again(last) }
        }
    }

    /// An own message is edited or deleted, or somebody's gets a reaction or a reply.
    private func changeSomething() {
        nextID += 1
        let id = "x\(index)-\(nextID)"
        let own = acknowledged.values.sorted().suffix(5)
        let all = shown.values.joined().sorted().suffix(5)
        switch dice.below(10) {
        case ..<3 where !own.isEmpty:
            write(#"{"type":"edit","id":"\#(id)","message":\#(dice.pick(Array(own))),"text":"text \#(id)"}"#)
        case ..<4 where !own.isEmpty: write(#"{"type":"delete","id":"\#(id)","message":\#(dice.pick(Array(own)))}"#)
        case ..<8 where !all.isEmpty:
            let emoji = dice.pick(["👍", "🎉", "👀"])
            let message = dice.pick(Array(all))
            write(
                #"{"type":"react","id":"\#(id)","message":\#(message),"emoji":"\#(emoji)","on":\#(dice.permille(700))}"#
            )
        case ..<9 where !all.isEmpty:
            let room = dice.pick(world.profile.rooms)
            let message = dice.pick(Array(all))
            write(#"{"type":"message","id":"\#(id)","room":"\#(room)","text":"text \#(id)","re":\#(message)}"#)
        default:
            let room = dice.pick(world.profile.rooms)
            write(#"{"type":"topic","id":"\#(id)","room":"\#(room)","title":"Title \#(id)"}"#)
            write(#"{"type":"read","room":"\#(room)","seq":\#(highest)}"#)
        }
    }

    private func changePresence() {
        switch dice.below(4) {
        case 0: write(#"{"type":"who","with":"\#(someName())"}"#)
        case 1: write(#"{"type":"presence","status":"\#(dice.pick(["", "Lunch", "In Paris \(index)"]))"}"#)
        default:
            // Now and then it flaps.
            for _ in 0..<dice.pick([1, 1, 1, 20]) {
                isAway.toggle()
                write(#"{"type":"presence","away":\#(isAway)}"#)
            }
        }
    }

    private func say(room: String) { add(room, isPrivate: false) }

    private func say(to name: String) { add(name, isPrivate: true) }

    private func add(_ place: String, isPrivate: Bool) {
        guard pending.count < 20 else { return }
        nextID += 1
        let isLong = dice.permille(world.profile.longTexts)
        let text = "text \(index) \(nextID)" + (isLong ? String(repeating: "x", count: 8_000) : "")
        pending.append(Pending(id: "c\(index)-\(nextID)", place: place, isPrivate: isPrivate, text: text))
    }

    /// What was accepted is sent once more, as after a break in which the answer was lost.
    private func again(_ id: String) {
        guard let room = rooms.first, hearing[room] == .live else { return }
        write(#"{"type":"message","room":"\#(room)","id":"\#(id)","text":"again"}"#)
    }

    private func rename() {
        write(#"{"type":"rename","name":"\#(dice.permille(300) ? someName() : newName())"}"#)
    }

    private func leave() {
        guard !isArriving, rooms.count > 1 else { return }
        let room = dice.pick(rooms)
        guard hearing[room] == .live else { return }
        rooms.removeAll { $0 == room }
        for index in pending.indices.reversed() where pending[index].place == room { pending.remove(at: index) }
        if paging?.place == room { paging = nil }
        leave(room)
    }

    private func leave(_ room: String) {
        hearing[room] = .leaving
        joinedAt[room] = now
        write(#"{"type":"leave","room":"\#(room)"}"#)
    }

    /// A proper end of the connection.
    private func hangUp() {
        if let socket { socket.leave() } else { write(.close, [0x03, 0xe8]) }
        lost(wait: dice.pick([0, 500, 5_000, 20_000]))
    }

    private func someName() -> String { dice.pick(world.clients).name }

    /// Often one that somebody had before.
    private func newName() -> String { "Name \(dice.below(world.clients.count * dice.pick([1, 2])))" }

    // MARK: nuisances

    /// Says hello as somebody else, with a token as one may guess it.
    func lie() {
        let other = dice.pick(world.clients)
        let token = dice.pick([
            String(repeating: "0", count: 32), other.keep.token.map { String($0.reversed()) } ?? "",
            other.keep.token.map { $0.uppercased() + " " } ?? "", String(other.user?.number ?? 0),
            other.keep.token.map { Token($0).hash.hexadecimal } ?? "",
        ])
        (sentToken, position, since) = (token, nil, nil)
        let name = dice.permille(300) ? other.name : name
        write(#"{"type":"hello","name":"\#(name)","token":"\#(token)","rooms":[\#(quoted(rooms))],"create":true}"#)
    }

    private func misbehave() {
        guard isConnected, let vice, state == .online || vice == .mute else { return }
        switch vice {
        case .garbage: writeGarbage()
        case .liar:
            let other = dice.pick(world.clients)
            if other.keep === keep { return }
            let id = other.pending.first?.id ?? other.acknowledged.keys.min() ?? "x"
            let room = rooms.first ?? "lobby"
            write(#"{"type":"message","id":"\#(id)","room":"\#(room)","text":"a lie \#(index)"}"#)
            write(#"{"type":"private","id":"\#(id)","to":"\#(other.name)","text":"a lie \#(index)"}"#)
        case .repeater: for _ in 0..<3 { if let last = acknowledged.keys.min() { again(last) } }
        case .laggard: break
        case .flooder: for _ in 0..<200 { write(#"{"type":"rooms"}"#) }
        case .mute: write(.ping, [])
        }
    }

    private func writeGarbage() {
        switch dice.below(8) {
        case 0: links.first?.up += (0..<dice.below(40)).map { _ in UInt8(dice.below(256)) }
        case 1: write(.text, [0xff, 0xfe])
        case 2: write(.binary, [1])
        case 3: write(#"{"type":7}"#)
        case 4: write(#"{"type":"message","room":"lobby","id":"?","text":"never"}"#)
        case 5: write(#"{"type":"hello","since":18446744073709551615}"#)
        case 6: write(#"{"type":"history","before":0}"#)
        default: write(#"[[[[[[["#)
        }
    }
}
