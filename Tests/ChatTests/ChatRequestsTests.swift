// Bots and requests of programs: Chat+Bots.swift and Chat+Requests.swift as scripts of inputs and actions.

import Model
import Testing

@testable import Chat

@Suite struct ChatRequestsTests {
    /// A chat with a bot, which is user 1.
    private func script(
        _ settings: ChatSettings = ChatSettings(graceSeconds: 0), rooms: [String] = []
    ) throws -> (ScriptedChat, ProgramRequest.Credential) {
        var script = ScriptedChat(settings)
        for action in script.order(.addBot(name: "Deploy", rooms: rooms)) {
            if case .adminResult(_, .made(_, let token)) = action { return (script, .token(token)) }
        }
        throw StateNotReached()
    }

    private struct StateNotReached: Error {}

    private func post(_ text: String, id: String? = "m", in room: String = "lobby") -> ProgramRequest.Operation {
        .post(room: room, id: id, text: text, re: nil)
    }

    @Test func aPostIsAnsweredAfterTheCommit() throws {
        var (script, bot) = try script()
        let ada = script.connect(0, as: "Ada")
        #expect(script.request(post("Done"), with: bot).answers == [])
        let committed = script.commit()
        #expect(committed.answers == [#"{"type":"ack","id":"m","seq":3}"#])
        #expect(committed.contains { if case .publish = $0 { true } else { false } })
        // The same id, also of two requests at once, is one message.
        #expect(script.request(post("Again"), with: bot).answers == [])
        #expect(script.request(post("Again"), with: bot).answers == [])
        #expect(script.commit().answers == Array(repeating: #"{"type":"ack","id":"m","seq":3}"#, count: 2))
        _ = script.request(post("Lost", id: "n"), with: bot)
        #expect(script.refuse().answers == ["try-again"])
        _ = script.disconnect(ada)
    }

    @Test func whoMayNotIsRefused() throws {
        var (script, bot) = try script(rooms: ["ops"])
        #expect(script.request(.rooms, with: nil).answers == ["unauthorized"])
        #expect(script.request(.rooms, with: .token("x")).answers == ["unauthorized"])
        #expect(script.request(.rooms, with: .authenticated(name: "Ada")).answers == ["unauthorized"])
        #expect(script.request(post("x"), with: bot).answers == ["not-allowed"])
        #expect(script.request(.users, with: bot).answers == ["not-allowed"])
        #expect(script.request(post(" ", in: "ops"), with: bot).answers == ["empty-text"])
        #expect(script.request(post("x", id: "?", in: "ops"), with: bot).answers == ["bad-id"])
        #expect(script.request(post("x", in: "ops"), with: bot).answers == [])
        #expect(script.commit().answers.count == 1)
        _ = script.order(.mute(name: "Deploy", until: nil, reason: nil))
        #expect(script.request(post("x", in: "ops"), with: bot).answers == ["muted"])
        _ = script.order(.ban(.user("Deploy"), until: nil, reason: nil))
        #expect(script.request(.rooms, with: bot).answers == ["banned"])
        _ = script.order(.removeBot(name: "Deploy"))
        #expect(script.request(.rooms, with: bot).answers == ["unauthorized"])
    }

    @Test func aPageComesFromMemoryOrTheLedger() throws {
        var (script, bot) = try script()
        for number in 0..<3 { _ = script.request(post("x", id: "m\(number)"), with: bot) }
        _ = script.commit()
        func page(before: UInt64? = nil, after: UInt64? = nil, limit: Int = 2) -> [Int] {
            let operation = ProgramRequest.Operation.history(room: "lobby", before: before, after: after, limit: limit)
            return seqs(script.request(operation, with: bot).answers)
        }
        #expect(page() == [3, 4])
        #expect(page(before: 4) == [2, 3])
        #expect(page(after: 1) == [2, 3])
        #expect(page(after: 9) == [])
    }

    @Test func aUserHasABudget() throws {
        var (script, bot) = try script(ChatSettings(rate: 1, burst: 3, graceSeconds: 0))
        let answers = (0..<4).map { _ in script.request(.rooms, with: bot).answers }
        #expect(answers.last == ["rate-limited"] && answers.dropLast().allSatisfy { $0 != ["rate-limited"] })
        _ = script.tick(after: 1_000)
        #expect(script.request(.rooms, with: bot).answers != ["rate-limited"])
    }

    @Test func theProxysNewUserIsStoredFirst() {
        var script = ScriptedChat(ChatSettings(identity: .proxy, graceSeconds: 0))
        script.isHeld = true
        let ada = ProgramRequest.Credential.authenticated(name: "Ada")
        #expect(script.request(post("One", id: "1"), with: ada).answers == [])
        #expect(script.request(post("Two", id: "2"), with: ada).answers == [])
        #expect(script.commit().answers == [])
        #expect(script.commit().answers == [#"{"type":"ack","id":"1","seq":2}"#, #"{"type":"ack","id":"2","seq":3}"#])
        #expect(script.request(post("x", id: "3"), with: .authenticated(name: "Bob")).answers == [])
        #expect(script.refuse().answers == ["try-again"])
    }

    @Test func aRemovedBotLeavesItsRoomsAndItsName() throws {
        var (script, bot) = try script(ChatSettings(graceSeconds: 10))
        guard case .token(let token) = bot else { return }
        let session = script.connect(1)
        _ = script.send(session, #"{"type":"hello","token":"\#(token)"}"#)
        let gone = script.connect(2)
        _ = script.send(gone, #"{"type":"hello","token":"\#(token)"}"#)
        _ = script.disconnect(gone)
        #expect(script.chat.botList.map(\.name) == ["Deploy"])
        #expect(script.order(.removeBot(name: "Deploy")).contains(.close(session, .signedOut)))
        #expect(script.chat.botList.isEmpty && script.chat.figures.users == 0)
        _ = script.disconnect(session)
        let ada = script.connect(3)
        #expect(!script.send(ada, #"{"type":"hello","name":"Deploy"}"#).isEmpty)
    }
}

extension [Action] {
    /// The events of answers, and the codes of refusals.
    fileprivate var answers: [String] {
        compactMap { action in
            switch action {
            case .answer(_, .done(let json)): String(decoding: json, as: UTF8.self)
            case .answer(_, .refused(let refusal)): refusal.code
            default: nil
            }
        }
    }
}
