// Bans and mutes: Chat+Sanctions.swift as scripts of inputs and actions.

import Model
import Primitives
import Testing

@testable import Chat

@Suite struct ChatSanctionsTests {
    private let minute: Int64 = 1_767_225_660_000

    // MARK: bans

    @Test func aJumpOfTheClockEndsNoBan() throws {
        var (script, _, bob) = pair()
        _ = script.order(.ban(.user("Bob"), until: minute, reason: nil))
        _ = script.disconnect(bob)
        let token = "f893a2eefb32555e71c18690ee42c90b"
        let year: Int64 = 31_536_000_000
        _ = script.jump(by: year, isClockSettled: false)
        let during = script.connect(1, generation: 2)
        let closed = [Action.close(during, .banned(until: minute, reason: nil))]
        #expect(script.send(during, #"{"type":"hello","token":"\#(token)"}"#) == closed)
        _ = script.disconnect(during)
        _ = script.jump(by: -year, isClockSettled: true)
        #expect(script.chat.sanctionList.map(\.name) == ["Bob"])
        _ = script.tick(after: 60_000)
        #expect(script.chat.sanctionList == [])
    }

    @Test func aBanOfAUserHoldsForEveryName() throws {
        var (script, _, bob) = pair()
        let token = "f893a2eefb32555e71c18690ee42c90b"
        _ = script.send(bob, #"{"type":"rename","name":"Robert"}"#)
        let actions = script.order(.ban(.user("Robert"), until: minute, reason: "Flood"))
        #expect(actions.contains(.close(bob, .banned(until: minute, reason: "Flood"))))
        #expect(actions.last == .adminResult(1, .done("Robert is banned until 2026-01-01T00:01:00Z: Flood")))
        _ = script.disconnect(bob)
        // The name of a banned user is not released.
        for _ in 0..<30 { _ = script.tick(after: 1_000) }
        let back = script.connect(1, generation: 2)
        #expect(
            script.send(back, #"{"type":"hello","name":"New","token":"\#(token)"}"#)
                == [.close(back, .banned(until: minute, reason: "Flood"))])
        #expect(script.chat.sanctionList.map(\.name) == ["Robert"])
        _ = script.disconnect(back)
        _ = script.tick(after: 30_000)
        #expect(script.chat.sanctionList == [])
        let later = script.connect(1, generation: 3)
        #expect(script.send(later, #"{"type":"hello","token":"\#(token)"}"#).sent(to: later).count == 3)
    }

    @Test func aBanOfANameHoldsForNamesThatLookTheSame() {
        var (script, ada, bob) = pair()
        let banned = script.order(.ban(.name("ＢＯＢ"), until: nil, reason: nil))
        #expect(banned.contains(.close(bob, .banned(until: nil, reason: nil))))
        #expect(banned.last == .adminResult(1, .done("ＢＯＢ is banned.")))
        _ = script.disconnect(bob)
        let other = script.connect(2)
        let refusal = #"{"type":"error","code":"name-banned","message":"The name bob is banned."}"#
        #expect(script.send(other, #"{"type":"hello","name":"bob"}"#) == [.sends(other, refusal)])
        let token = #"{"type":"hello","token":"f893a2eefb32555e71c18690ee42c90b"}"#
        #expect(script.send(other, token).onlyErrorCode == "name-banned")
        #expect(script.send(ada, #"{"type":"rename","name":"BoB"}"#).onlyErrorCode == "name-banned")
        #expect(script.order(.unban(.name("Eve"))) == [.adminResult(2, .refused("Eve is not banned."))])
        #expect(script.order(.unban(.name("bob"))) == [.adminResult(3, .done("The ban of bob is lifted."))])
        #expect(script.send(other, token).onlyErrorCode == nil)
    }

    @Test func aNameThatIsBannedDuringItsClaimIsNotGiven() {
        var (script, ada, _) = pair()
        script.isHeld = true
        let cleo = script.connect(2)
        _ = script.order(.ban(.name("cleo"), until: nil, reason: nil))
        _ = script.order(.ban(.name("eve"), until: nil, reason: nil))
        _ = script.send(cleo, #"{"type":"hello","name":"Cleo"}"#)
        _ = script.send(ada, #"{"type":"rename","name":"Eve"}"#)
        script.isHeld = false
        let actions = script.commit()
        #expect(actions.contains(.close(cleo, .banned(until: nil, reason: nil))))
        #expect(actions.contains(.close(ada, .banned(until: nil, reason: nil))))
        #expect(actions.sent(to: cleo) == [])
    }

    @Test func aBanOfANetworkClosesItsSessions() {
        var script = ScriptedChat(ChatSettings(rate: 0))
        let inside = script.connect(0, as: "Ada", address: host(0x0102))
        let outside = script.connect(1, as: "Bob", address: host(0x0202))
        let unknown = script.connect(2, as: "Cleo")
        let network = IPNetwork(IPAddress(high: 0, low: 0xffff_c000_0100), bits: 120)
        let actions = script.order(.ban(.network(network), until: nil, reason: "Spam"))
        #expect(actions.contains(.close(inside, .banned(until: nil, reason: "Spam"))))
        for other in [outside, unknown] {
            #expect(!actions.contains(.close(other, .banned(until: nil, reason: "Spam"))))
        }
        let next = SessionID(slot: 3, generation: 1)
        var refused: [Action] = []
        script.chat.connected(next, address: host(0x01ff), at: script.now, into: &refused)
        #expect(refused == [.close(next, .banned(until: nil, reason: "Spam"))])
        #expect(script.send(next, #"{"type":"hello","name":"Eve"}"#) == [])
        #expect(
            script.order(.unban(.network(network))).last == .adminResult(2, .done("The ban of 192.0.1.0/24 is lifted."))
        )
        _ = script.disconnect(next)
        _ = script.connect(3, generation: 2, as: "Eve", address: host(0x01ff))
    }

    private func host(_ low: UInt64) -> IPAddress {
        IPAddress(high: 0, low: 0xffff_c000_0000 | low)
    }

    @Test func aBannedLoginOfTheProxyIsClosed() {
        var script = ScriptedChat(ChatSettings(rate: 0, identity: .proxy, nameDays: 1, graceSeconds: 0))
        let ada = script.connect(0, authenticatedName: "Ada")
        _ = script.send(ada, #"{"type":"hello"}"#)
        #expect(
            script.order(.ban(.user("ada"), until: nil, reason: nil)).last == .adminResult(1, .done("Ada is banned.")))
        _ = script.disconnect(ada)
        // Without the ban the name would be released, and the login would become a new user without a ban.
        _ = script.tick(after: 5_000_000)
        _ = script.tick(after: 86_400_000 * 3)
        let back = script.connect(0, generation: 2, authenticatedName: "Ada")
        #expect(script.send(back, #"{"type":"hello"}"#) == [.close(back, .banned(until: nil, reason: nil))])
        #expect(script.order(.unban(.user("Ada"))).last == .adminResult(2, .done("The ban of Ada is lifted.")))
        _ = script.order(.ban(.name("bob"), until: nil, reason: nil))
        let bob = script.connect(1, authenticatedName: "Bob")
        #expect(script.send(bob, #"{"type":"hello"}"#) == [.close(bob, .banned(until: nil, reason: nil))])
    }

    @Test func bansHoldAfterARestart() {
        var (script, _, _) = pair()
        _ = script.order(.ban(.name("Eve"), until: nil, reason: "a"))
        _ = script.order(.ban(.user("Bob"), until: minute, reason: nil))
        _ = script.order(.mute(name: "Ada", until: nil, reason: nil))
        var next = ScriptedChat(ledger: script.ledger)
        #expect(next.chat.sanctionList == script.chat.sanctionList && next.chat.sanctionList.count == 3)
        let eve = next.connect(0)
        #expect(next.send(eve, #"{"type":"hello","name":"EVE"}"#).onlyErrorCode == "name-banned")
        _ = next.tick(after: 60_000)
        #expect(next.chat.sanctionList.map(\.name) == ["Ada", "Eve"])
        _ = next.order(.unmute(name: "Ada"))
        #expect(ScriptedChat(ledger: next.ledger).chat.sanctionList.map(\.name) == ["Bob", "Eve"])
    }

    // MARK: mute

    @Test func aMutedUserGetsMessagesAndSendsNone() {
        var (script, ada, bob) = pair()
        #expect(
            script.order(.mute(name: "bob", until: minute, reason: "Calm down"))
                == [.adminResult(1, .done("Bob is muted until 2026-01-01T00:01:00Z: Calm down"))])
        #expect(
            script.send(bob, say("b-1")) == [
                .sends(
                    bob,
                    #"{"type":"error","code":"muted","id":"b-1","message":"You are muted until 2026-01-01T00:01:00Z: Calm down","until":1767225660000}"#
                )
            ])
        for command in [
            whisper("b-2", to: "Ada"), #"{"type":"typing","room":"lobby"}"#, #"{"type":"rename","name":"Robert"}"#,
        ] { #expect(script.send(bob, command).onlyErrorCode == "muted") }
        #expect(script.send(bob, #"{"type":"history","room":"lobby"}"#).onlyErrorCode == nil)
        _ = script.send(ada, say("a-1"))
        #expect(script.commit().count == 1)
        #expect(script.chat.userList.map(\.isMuted) == [false, true])
        #expect(script.order(.unmute(name: "Ada")) == [.adminResult(2, .refused("Ada is not muted."))])
        #expect(script.order(.unmute(name: "Bob")) == [.adminResult(3, .done("Bob may speak again."))])
        #expect(script.send(bob, say("b-1")) == [])
        _ = script.order(.mute(name: "bob", until: minute, reason: nil))
        script.now.wall = minute
        #expect(script.send(bob, say("b-3")) == [])
    }

    @Test func theNumberOfSanctionsIsLimited() {
        var (script, _, _) = pair()
        for number in 0..<ChatLimits.sanctions {
            let network = IPNetwork(IPAddress(high: UInt64(number) << 32, low: 0), bits: 32)
            _ = script.order(.ban(.network(network), until: nil, reason: nil))
        }
        let answer = script.order(.ban(.name("Eve"), until: nil, reason: nil))
        #expect(
            answer == [.adminResult(4_097, .refused("There are 4096 bans and mutes already. Lift some of them first."))]
        )
    }
}
