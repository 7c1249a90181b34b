// Signing in: Chat+SignIn.swift as scripts of inputs and actions.

import Model
import Primitives
import Testing

@testable import Chat

@Suite struct ChatSignInTests {
    @Test func aClaimedNameIsTaken() {
        var script = ScriptedChat()
        script.isHeld = true
        let (ada, other) = (script.connect(0), script.connect(1))
        #expect(script.send(ada, #"{"type":"hello","name":"Ada"}"#) == [])
        #expect(script.send(other, #"{"type":"hello","name":"ADA"}"#).onlyErrorCode == "name-taken")
        #expect(script.send(ada, #"{"type":"hello","name":"Eve"}"#).onlyErrorCode == "hello-first")
        #expect(script.send(ada, #"{"type":"rooms"}"#).onlyErrorCode == "hello-first")
        #expect(script.commit().sent(to: ada).first?.hasPrefix(#"{"type":"welcome","name":"Ada","#) == true)
    }

    @Test func aRefusedClaimCanBeTriedAgain() {
        var script = ScriptedChat()
        script.isHeld = true
        let (ada, other) = (script.connect(0), script.connect(1))
        _ = script.send(ada, #"{"type":"hello","name":"Ada"}"#)
        #expect(script.refuse().onlyErrorCode == "try-again")
        _ = script.send(other, #"{"type":"hello","name":"ada"}"#)
        #expect(script.send(ada, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "name-taken")
        #expect(script.commit().sent(to: other).count > 0)
    }

    @Test func theTokenIdentifiesTheUser() throws {
        var script = ScriptedChat()
        let ada = script.connect(0)
        let token = try givenToken(script.send(ada, #"{"type":"hello","name":"Ada"}"#))
        let phone = script.connect(1)
        let answer = script.send(phone, #"{"type":"hello","name":"Other","token":"\#(token)"}"#)
        #expect(answer.sent(to: phone).first?.hasPrefix(#"{"type":"welcome","name":"Ada","user":1,"ledger":"#) == true)
        #expect(answer.sent(to: phone).contains(#"{"type":"joined","room":"lobby","users":1}"#))
        #expect(!answer.contains { if case .publish = $0 { true } else { false } })
        #expect(script.chat.figures.users == 1)
        // The ledger gets only the hash.
        guard case .claim(let claim) = script.ledger.log[0].entry else { throw Unexpected([]) }
        #expect(claim.token == Token(token).hash)
    }

    @Test func theSessionsOfAUserAreLimited() throws {
        var script = ScriptedChat(ChatSettings(userConnections: 2, graceSeconds: 0))
        let token = try givenToken(script.send(script.connect(0), #"{"type":"hello","name":"Ada"}"#))
        let hello = #"{"type":"hello","token":"\#(token)"}"#
        let (second, third) = (script.connect(1), script.connect(2))
        #expect(script.send(second, hello).sent(to: second).count > 1)
        let refusal: [Action] = [
            .report(.tooManySessions(third, name: "Ada", count: 2)), .close(third, .tooManySessions),
        ]
        #expect(script.send(third, hello) == refusal)
        #expect(script.send(third, hello) == [], "the session is closing")
        #expect(script.disconnect(third) == [])
        // Another session may sign in after one of them has ended.
        _ = script.disconnect(second)
        let fourth = script.connect(3)
        #expect(script.send(fourth, hello).sent(to: fourth).count > 1)
        _ = script.reconfigure(ChatSettings(userConnections: 0, graceSeconds: 0))
        let fifth = script.connect(4)
        #expect(script.send(fifth, hello).sent(to: fifth).count > 1)
    }

    @Test func theNewNamesOfAnAddressAreLimited() throws {
        var script = ScriptedChat()
        let address = IPAddress(high: 0, low: 0xffff_c000_0207)
        var token = ""
        for slot in 0..<UInt32(ChatLimits.newNames) {
            let session = script.connect(slot, address: address)
            token = try givenToken(script.send(session, #"{"type":"hello"}"#))
        }
        let more = script.connect(5_000, address: address)
        #expect(
            script.send(more, #"{"type":"hello","name":"Ada"}"#) == [
                .report(.tooManyNames(more)), .close(more, .tooManyNames),
            ])
        // Known users of the address sign in, and new users of other addresses.
        let known = script.connect(5_001, address: address)
        #expect(script.send(known, #"{"type":"hello","token":"\#(token)"}"#).sent(to: known).count > 1)
        let other = IPAddress(high: 0, low: 0xffff_c000_0208)
        for (slot, other) in [(5_002, other), (5_003, nil)] {
            let session = script.connect(UInt32(slot), address: other)
            #expect(script.send(session, #"{"type":"hello"}"#).sent(to: session).count > 1)
        }
        _ = script.tick(after: ChatLimits.newNameInterval)
        let later = script.connect(5_004, address: address)
        #expect(script.send(later, #"{"type":"hello","name":"Ada"}"#).sent(to: later).count > 1)
    }

    @Test func sessionsThatWaitForAClaimAreLimited() {
        var script = ScriptedChat(ChatSettings(userConnections: 1, identity: .proxy, graceSeconds: 0))
        script.isHeld = true
        let (first, second) = (script.connect(0, authenticatedName: "Ada"), script.connect(1, authenticatedName: "Ada"))
        _ = script.send(first, #"{"type":"hello"}"#)
        _ = script.send(second, #"{"type":"hello"}"#)
        let actions = script.commit()
        #expect(actions.sent(to: first).count > 0 && actions.sent(to: second) == [])
        #expect(actions.contains(.close(second, .tooManySessions)))
    }

    @Test(arguments: ["", "910a2dec89025cc1beeb8da1658eec6", "no token at all"])
    func anUnknownTokenIsIgnored(_ token: String) throws {
        var script = ScriptedChat()
        _ = script.connect(0, as: "Ada")
        let other = script.connect(1)
        #expect(script.send(other, #"{"type":"hello","name":"Ada","token":"\#(token)"}"#).onlyErrorCode == "name-taken")
        _ = try givenToken(script.send(other, #"{"type":"hello","name":"Bob","token":"\#(token)"}"#))
    }

    @Test func aSessionThatClosesDuringItsClaimGetsNoWelcome() {
        var script = ScriptedChat()
        script.isHeld = true
        let slow = script.connect(0)
        _ = script.send(slow, #"{"type":"hello","name":"Slow"}"#)
        #expect(script.tick(after: 10_000) == [.close(slow, .helloTimeout)])
        #expect(script.commit() == [])
        #expect(script.appended.map(\.entry) == [.release(UserID(1))])
    }

    /// A newer version of Unicode can make two names the same.
    @Test func theFirstOfTwoUsersKeepsAName() {
        var ledger = ModelLedger()
        for name in ["Ada", "ADA"] { _ = ledger.commit(.claim(Claim(name: name, token: nil, at: 0))) }
        let script = ScriptedChat(ledger: ledger)
        #expect(script.chat.users.capacity == 1 && script.chat.users.index(of: UserID(1)) != nil)
    }

    @Test func renamesGoThroughTheLedger() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        let other = script.connect(1, as: "Bob")
        script.isHeld = true
        #expect(script.send(ada, #"{"type":"rename","name":"Eve"}"#) == [])
        #expect(script.send(ada, #"{"type":"rename","name":"Zoe"}"#).onlyErrorCode == "try-again")
        #expect(script.send(other, #"{"type":"rename","name":"EVE"}"#).onlyErrorCode == "name-taken")
        #expect(script.send(other, #"{"type":"rename","name":"Ada"}"#).onlyErrorCode == "name-taken")
        #expect(script.refuse().onlyErrorCode == "try-again")
        #expect(script.send(other, #"{"type":"rename","name":"EVE"}"#) == [])
        #expect(script.send(ada, #"{"type":"rename","name":"ADA"}"#) == [])
        let actions = script.commit()
        #expect(actions.sent(to: other) == [#"{"type":"renamed","name":"EVE"}"#])
        #expect(actions.sent(to: ada) == [#"{"type":"renamed","name":"ADA"}"#])
        // Its former name stays the other user's, also where the ledger can't store its return.
        #expect(script.send(ada, #"{"type":"rename","name":"Bob"}"#).onlyErrorCode == "name-taken")
        #expect(script.send(other, #"{"type":"rename","name":"bob"}"#) == [])
        #expect(script.refuse().onlyErrorCode == "try-again")
        #expect(script.send(ada, #"{"type":"rename","name":"Bob"}"#).onlyErrorCode == "name-taken")
    }

    // MARK: where a proxy vouches

    @Test func theProxysNameIdentifiesTheUser() {
        var script = ScriptedChat(ChatSettings(identity: .proxy, graceSeconds: 0))
        let ada = script.connect(0, authenticatedName: "Ada")
        let hello = #"{"type":"hello","name":"Root","token":"910a2dec89025cc1beeb8da1658eec67"}"#
        let welcome = script.send(ada, hello).sent(to: ada).first
        #expect(welcome?.hasPrefix(#"{"type":"welcome","name":"Ada","user":1,"ledger":"1ed9e000","seq":1,"#) == true)
        let phone = script.connect(1, authenticatedName: "Ada")
        _ = script.send(phone, hello)
        #expect(script.chat.figures.users == 1)
        #expect(script.send(ada, #"{"type":"rename","name":"Eve"}"#).onlyErrorCode == "name-fixed")
        let other = script.connect(2, authenticatedName: "ADA")
        #expect(script.send(other, hello).onlyErrorCode == "name-taken")
    }

    @Test func simultaneousSessionsOfALoginAreOneUser() {
        var script = ScriptedChat(ChatSettings(identity: .proxy))
        script.isHeld = true
        let sessions = (0..<3 as Range<UInt32>).map { script.connect($0, authenticatedName: "Ada") }
        for session in sessions { #expect(script.send(session, #"{"type":"hello"}"#) == []) }
        let other = script.connect(3, authenticatedName: "ada")
        #expect(script.send(other, #"{"type":"hello"}"#).onlyErrorCode == "name-taken")
        _ = script.disconnect(sessions[1])
        let actions = script.commit()
        #expect(actions.sent(to: sessions[0]).count > 0 && actions.sent(to: sessions[2]).count > 0)
        #expect(actions.sent(to: sessions[1]) == [])
        #expect(script.chat.figures.users == 1)
    }
}
