import Chat
import Host
import StateCoding
import Testing

@Suite struct ChatHostTests {
    private let ann = SessionID(slot: 0, generation: 0)
    private let bob = SessionID(slot: 1, generation: 0)

    /// Ann and Bob are in the lobby.
    private func pair(_ settings: ChatSettings = ChatSettings(graceSeconds: 0)) -> TestServer {
        let server = TestServer(settings)
        for (session, name) in [(ann, "Ann"), (bob, "Bob")] {
            server.connect(session)
            server.receive(session, #"{"type":"hello","name":"\#(name)"}"#)
            _ = server.takeInbox(of: session)
        }
        _ = server.takeInbox(of: ann)
        _ = server.doors.takeCalls()
        return server
    }

    @Test func aMessageIsSentAfterTheLedgerHasIt() {
        let server = pair()
        server.host.received(
            ann, Array(#"{"type":"message","id":"1","room":"lobby","text":"Hi"}"#.utf8), at: server.now)
        #expect(server.doors.takeCalls() == ["append", "queued"] && !server.host.isSettled)
        #expect(server.takeInbox(of: bob).isEmpty)
        server.settle()
        #expect(server.doors.takeCalls() == ["resolved", "publish 0"] && server.host.isSettled)
        #expect(server.takeInbox(of: bob).count == 1 && server.takeInbox(of: ann).count == 1)
    }

    /// The session that is closed leaves its room once everything that was queued before is done.
    @Test func aCloseIsNotNestedInsideWhatItIsPartOf() {
        let server = pair(ChatSettings(rate: 1, burst: 1, graceSeconds: 0))
        for _ in 0..<20 { server.receive(ann, #"{"type":"rooms"}"#) }
        let calls = server.doors.takeCalls()
        let close = calls.firstIndex(of: "close 0 4101")
        #expect(close != nil && calls.filter { $0.hasPrefix("close") }.count == 1)
        if let close { #expect(calls[(close + 1)...].starts(with: ["unsubscribe 0 0", "publish 0"])) }
        #expect(server.takeInbox(of: bob).last?.contains(#""event":"left""#) == true)
        #expect(server.takeInbox(of: ann).last == "4101 Far over the rate limit.", "nothing follows the close frame")
        #expect(server.host.chat.figures.users == 1)
    }

    @Test func aBanEndsAllSessionsOfTheUserInOrder() {
        let server = pair()
        #expect(server.administer("ban Ann"))
        let calls = server.doors.takeCalls()
        #expect(calls == ["append", "queued", "resolved", "unsubscribe 0 0", "publish 0", "close 0 4201"])
        #expect(server.takeInbox(of: ann).last?.hasPrefix("4201 Banned until ") == true)
    }

    @Test func aFullLedgerRefusesAndNothingIsPending() {
        let server = pair()
        server.doors.refuses = true
        server.receive(ann, #"{"type":"message","id":"1","room":"lobby","text":"Hi"}"#)
        #expect(server.doors.takeCalls() == ["append", "resolved", "send 0"] && server.host.isSettled)
        #expect(server.takeInbox(of: ann).first?.contains(#""code":"try-again""#) == true)
    }

    @Test func eachCommandOfAnAdministratorIsAnsweredOnce() {
        let server = pair()
        var results: [String] = []
        for name in ["Ann", "Cy"] {
            server.host.administer(.kick(name: name, reason: nil), at: server.now) { result in
                if case .done = result { results.append("\(name) done") } else { results.append("\(name) refused") }
            }
        }
        server.settle()
        #expect(results == ["Ann done", "Cy refused"])
    }

    @Test func aStateIsContinuedAndADamagedOneChangesNothing() throws {
        let server = pair()
        var writer = StateWriter()
        server.host.write(to: &writer, at: server.now)
        server.doors.restart()
        let next = TestServer.host(server.doors, ChatSettings(graceSeconds: 0))
        let sessions = [ann, bob]
        for bytes in [Array(writer.bytes.dropLast()), writer.bytes + [0]] {
            var reader = StateReader(bytes)
            var isPlaced = false
            #expect(throws: StateError.self) {
                try next.resume(
                    from: &reader, session: { sessions[Int($0)] }, open: [0, 1], at: server.now
                ) { isPlaced = true }
            }
            #expect(!isPlaced && next.chat.figures.users == 0 && server.doors.takeCalls().isEmpty)
        }
        var reader = StateReader(writer.bytes)
        var isPlaced = false
        try next.resume(from: &reader, session: { sessions[Int($0)] }, open: [0, 1], at: server.now) {
            isPlaced = true
        }
        #expect(isPlaced && next.chat.figures.users == 2)
        #expect(server.doors.takeCalls() == ["subscribe 0 0", "subscribe 1 0"])
        var again = StateWriter()
        next.write(to: &again, at: server.now)
        #expect(again.bytes == writer.bytes)
    }

    @Test func whatIsSentLaterWaitsForWhatWasSentBefore() {
        let server = pair()
        #expect(server.doors.drainRequests.isEmpty)
        server.host.drained(ann, at: server.now)
        #expect(server.doors.takeCalls().isEmpty, "it has everything")
    }
}
