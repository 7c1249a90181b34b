// Devices: the list, signing out, links and recovery codes, as scripts of inputs and actions.

import Model
import Primitives
import Testing

@testable import Chat

@Suite struct ChatDevicesTests {
    private let free = ChatSettings(rate: 0, graceSeconds: 0)

    /// The value of a text field of the only event that is sent.
    private func value(_ field: String, _ actions: [Action]) throws -> String {
        let parts = (actions.compactMap(\.sentText).last ?? "").split(separator: "\"")
        guard let index = parts.firstIndex(of: Substring(field)) else { throw Unexpected(actions) }
        return String(parts[index + 2])
    }

    private func newDevice(
        _ script: inout ScriptedChat, _ slot: UInt32, _ field: String, _ code: String, _ more: String = ""
    ) -> (SessionID, [Action]) {
        let session = script.connect(slot)
        return (session, script.send(session, #"{"type":"hello","\#(field)":"\#(code)"\#(more)}"#))
    }

    @Test func aLinkMakesOneDeviceAndWorksOnce() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0)
        let token = try givenToken(script.send(ada, #"{"type":"hello","name":"Ada","label":" Desk "}"#))
        let code = try value("code", script.send(ada, #"{"type":"link"}"#))
        let (phone, answer) = newDevice(&script, 1, "link", code, #","label":"Phone","token":"\#(token)""#)
        #expect(answer.sent(to: phone).first?.hasPrefix(#"{"type":"welcome","name":"Ada","user":1,"token":"#) == true)
        #expect(try givenToken(answer) != token, "a device has a token of its own")
        let (late, refused) = newDevice(&script, 2, "link", code, #","token":"\#(token)""#)
        #expect(refused.onlyErrorCode == "bad-link")
        #expect(script.send(late, #"{"type":"hello","name":"Eve"}"#).sent(to: late).count > 1, "it may begin anew")
        #expect(
            script.send(ada, #"{"type":"devices"}"#).sent(to: ada) == [
                #"{"type":"devices","devices":[{"device":1,"created":1767225600000,"seen":1767225600000,"label":"Desk","online":1,"here":true},{"device":2,"created":1767225600000,"seen":1767225600000,"label":"Phone","online":1}],"recovery":false}"#
            ])
    }

    @Test func aLinkIsValidForTenMinutes() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let answer = script.send(ada, #"{"type":"link"}"#)
        #expect(answer.sent(to: ada).first?.hasSuffix(#","until":\#(1_767_225_600_000 + 600_000)}"#) == true)
        let (first, second) = (try value("code", answer), try value("code", script.send(ada, #"{"type":"link"}"#)))
        _ = script.tick(after: 599_999)
        #expect(newDevice(&script, 1, "link", first).1.onlyErrorCode == nil)
        _ = script.tick(after: 1)
        #expect(newDevice(&script, 2, "link", second).1.onlyErrorCode == "bad-link")
        #expect(script.chat.codes.links.isEmpty)
    }

    @Test func aUserHasFewLinksAndASignOutVoidsThem() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let codes = try (0...ChatLimits.linksOfUser).map { _ in try value("code", script.send(ada, #"{"type":"link"}"#))
        }
        #expect(newDevice(&script, 1, "link", codes[0]).1.onlyErrorCode == "bad-link")
        #expect(newDevice(&script, 2, "link", codes[1]).1.onlyErrorCode == nil)
        #expect(
            script.send(ada, #"{"type":"sign-out","all":true}"#).sent(to: ada) == [
                #"{"type":"signed-out","devices":[2]}"#
            ])
        #expect(newDevice(&script, 3, "link", codes[2]).1.onlyErrorCode == "bad-link")
    }

    @Test func aSignOutVoidsTheTokenAndClosesTheSessions() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0)
        let token = try givenToken(script.send(ada, #"{"type":"hello","name":"Ada"}"#))
        let code = try value("code", script.send(ada, #"{"type":"link"}"#))
        let (phone, answer) = newDevice(&script, 1, "link", code)
        let phoneToken = try givenToken(answer)
        let tab = script.connect(2)
        _ = script.send(tab, #"{"type":"hello","token":"\#(phoneToken)"}"#)
        let actions = script.send(ada, #"{"type":"sign-out","device":2}"#)
        let event = #"{"type":"signed-out","devices":[2]}"#
        #expect([ada, phone, tab].allSatisfy { actions.sent(to: $0) == [event] })
        #expect(actions.contains(.close(phone, .signedOut)) && actions.contains(.close(tab, .signedOut)))
        #expect(!actions.contains(.close(ada, .signedOut)))
        // A hello with the void token is one without a token.
        let again = script.connect(3)
        #expect(
            script.send(again, #"{"type":"hello","name":"Eve","token":"\#(phoneToken)"}"#).sent(to: again)[0]
                .contains(#""name":"Eve""#))
        let here = script.send(ada, #"{"type":"sign-out"}"#)
        #expect(
            here.sent(to: ada) == [#"{"type":"signed-out","devices":[1]}"#] && here.contains(.close(ada, .signedOut)))
        let back = script.connect(4)
        #expect(script.send(back, #"{"type":"hello","name":"Ada","token":"\#(token)"}"#).onlyErrorCode == "name-taken")
    }

    @Test func aSignOutOfNoDeviceIsHarmless() {
        var (script, ada, bob) = pair(free)
        #expect(
            script.send(ada, #"{"type":"sign-out","device":2}"#).sent(to: ada) == [
                #"{"type":"signed-out","devices":[]}"#
            ])
        #expect(script.send(bob, #"{"type":"devices"}"#).onlyErrorCode == nil)
    }

    @Test func aRecoveryCodeWorksOnceAndANewOneReplacesIt() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let old = try value("code", script.send(ada, #"{"type":"recovery"}"#))
        let code = try value("code", script.send(ada, #"{"type":"recovery"}"#))
        #expect(script.send(ada, #"{"type":"devices"}"#)[0].sentText?.hasSuffix(#""recovery":true}"#) == true)
        _ = script.send(ada, #"{"type":"sign-out"}"#)
        #expect(newDevice(&script, 1, "recovery", old).1.onlyErrorCode == "bad-recovery")
        let typed = code.lowercased().replacing("-", with: " ").replacing("0", with: "o").replacing("1", with: "l")
        let (phone, answer) = newDevice(&script, 2, "recovery", typed)
        #expect(answer.sent(to: phone).first?.hasPrefix(#"{"type":"welcome","name":"Ada","user":1,"token":"#) == true)
        #expect(newDevice(&script, 3, "recovery", code).1.onlyErrorCode == "bad-recovery")
        #expect(script.ledger.users[0].recovery == nil)
    }

    /// The connection broke before the welcome: the client repeats its hello, with the token that it has chosen.
    @Test func aRepeatedHelloFindsItsDevice() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let code = try value("code", script.send(ada, #"{"type":"recovery"}"#))
        let own = String(repeating: "c0ffee11", count: 4)
        let (lost, _) = newDevice(&script, 1, "recovery", code, #","token":"\#(own)""#)
        _ = script.disconnect(lost)
        _ = script.crash(survivors: [])
        let (phone, answer) = newDevice(&script, 1, "recovery", code, #","token":"\#(own)""#)
        #expect(answer.sent(to: phone).first?.hasPrefix(#"{"type":"welcome","name":"Ada","user":1,"ledger""#) == true)
        #expect(script.ledger.devices.count == 2)
    }

    /// The client is gone, and only the server knows the token.
    @Test func aDeviceWhoseClientIsGoneIsSignedOut() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let code = try value("code", script.send(ada, #"{"type":"link"}"#))
        script.isHeld = true
        let (lost, _) = newDevice(&script, 1, "link", code)
        _ = script.disconnect(lost)
        _ = script.commit()
        #expect(script.ledger.devices.count == 2)
        _ = script.commit()
        #expect(script.ledger.devices.map(\.id) == [1])
    }

    @Test func aCodeOfARefusedDeviceIsValidAgain() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let link = try value("code", script.send(ada, #"{"type":"link"}"#))
        script.isHeld = true
        let (phone, _) = newDevice(&script, 1, "link", link)
        #expect(!script.chat.isSettled)
        #expect(script.send(phone, #"{"type":"hello","link":"\#(link)"}"#).onlyErrorCode == "hello-first")
        #expect(script.refuse().onlyErrorCode == "try-again")
        _ = script.send(phone, #"{"type":"hello","link":"\#(link)"}"#)
        #expect(script.commit().sent(to: phone).count > 1)
        // Nor are a sign-out and a recovery code stored.
        _ = script.send(ada, #"{"type":"sign-out","device":2}"#)
        #expect(script.refuse().sent(to: ada)[0].contains(#""command":"sign-out""#))
        _ = script.send(ada, #"{"type":"recovery"}"#)
        #expect(!script.chat.isSettled)
        #expect(script.refuse().sent(to: ada)[0].contains(#""code":"try-again""#) && script.chat.isSettled)
    }

    @Test func theDeviceNotSeenForLongestIsReplaced() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let day: Int64 = 86_400_000
        for slot in 1..<UInt32(ChatLimits.devicesOfUser) {
            _ = script.tick(after: day)
            let code = try value("code", script.send(ada, #"{"type":"link"}"#))
            let (session, _) = newDevice(&script, slot, "link", code)
            // The second device is seen again at the end.
            if slot > 1 { _ = script.disconnect(session) }
        }
        let before = script.ledger.devices.map(\.id)
        #expect(before.count == ChatLimits.devicesOfUser)
        let code = try value("code", script.send(ada, #"{"type":"link"}"#))
        let (extra, answer) = newDevice(&script, 99, "link", code)
        #expect(answer.sent(to: extra).count > 1)
        let after = script.ledger.devices.map(\.id)
        // The first two are connected.
        #expect(after.count == before.count && after.prefix(2) == before.prefix(2) && !after.contains(before[2]))
    }

    @Test func aDeviceIsSeenOnceADay() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let code = try value("code", script.send(ada, #"{"type":"link"}"#))
        let (phone, answer) = newDevice(&script, 1, "link", code)
        let token = try givenToken(answer)
        _ = script.disconnect(phone)
        _ = script.tick(after: 86_400_000)
        for slot in 2...3 {
            let session = script.connect(UInt32(slot))
            _ = script.send(session, #"{"type":"hello","token":"\#(token)"}"#)
            _ = script.disconnect(session)
        }
        let seen = script.ledger.log.map(\.entry).filter { if case .seen(_, _, 2) = $0 { true } else { false } }
        #expect(seen == [.seen(UserID(1), at: script.now.wall, device: 2)])
        #expect(script.ledger.devices[1].seen == script.now.wall)
        let listed = try #require(script.send(ada, #"{"type":"devices"}"#)[0].sentText)
        #expect(listed.contains(#""device":2,"created":1767225600000,"seen":\#(script.now.wall),"online":0}"#))
    }

    @Test func codesAreLimitedForAnAddress() throws {
        var script = ScriptedChat(free)
        let address = IPAddress("192.0.2.7")
        let guesser = script.connect(0, address: address)
        for _ in 0..<ChatLimits.codes {
            #expect(script.send(guesser, #"{"type":"hello","link":"x"}"#).onlyErrorCode == "bad-link")
        }
        let refused = script.send(guesser, #"{"type":"hello","recovery":"x"}"#)
        #expect(refused.onlyErrorCode == "rate-limited" && refused[0].sentText?.contains(#""retry":6000"#) == true)
        let other = script.connect(1, address: IPAddress("192.0.2.8"))
        #expect(script.send(other, #"{"type":"hello","recovery":"x"}"#).onlyErrorCode == "bad-recovery")
    }

    @Test func aBannedUserCannotSignInByACode() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let link = try value("code", script.send(ada, #"{"type":"link"}"#))
        let recovery = try value("code", script.send(ada, #"{"type":"recovery"}"#))
        _ = script.order(.ban(.user("Ada"), until: nil, reason: nil))
        for (slot, (field, code)) in [("link", link), ("recovery", recovery)].enumerated() {
            let (phone, answer) = newDevice(&script, UInt32(slot) + 1, field, code)
            #expect(answer.last == .close(phone, .banned(until: nil, reason: nil)))
        }
        #expect(script.ledger.devices.count == 1)
    }

    @Test func aMutedUserMayDoAllOfIt() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        _ = script.order(.mute(name: "Ada", until: nil, reason: nil))
        for command in ["devices", "link", "recovery", "sign-out"] {
            #expect(script.send(ada, #"{"type":"\#(command)"}"#).onlyErrorCode == nil)
        }
    }

    @Test func withNamesFromAProxyThereAreNoTokens() {
        var script = ScriptedChat(ChatSettings(rate: 0, identity: .proxy))
        let ada = script.connect(0, authenticatedName: "Ada")
        #expect(script.send(ada, #"{"type":"hello","link":"x"}"#).onlyErrorCode == "no-tokens")
        _ = script.send(ada, #"{"type":"hello"}"#)
        for command in ["devices", "link", "recovery", "sign-out"] {
            #expect(script.send(ada, #"{"type":"\#(command)"}"#).onlyErrorCode == "no-tokens")
        }
    }

    @Test func aPlannedRestartKeepsDevicesAndLinks() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let first = try value("code", script.send(ada, #"{"type":"link"}"#))
        let (phone, _) = newDevice(&script, 1, "link", first)
        let (open, late) = (
            try value("code", script.send(ada, #"{"type":"link"}"#)),
            try value("code", script.send(ada, #"{"type":"link"}"#))
        )
        _ = try script.handOver(open: [0, 1])
        #expect(newDevice(&script, 2, "link", first).1.onlyErrorCode == "bad-link")
        #expect(newDevice(&script, 3, "link", open).1.onlyErrorCode == nil)
        let listed = script.send(phone, #"{"type":"devices"}"#)[0].sentText ?? ""
        #expect(
            listed.components(separatedBy: #""online":1"#) == 4
                && listed.contains(#""device":2,"created":1767225600000,"seen":1767225600000,"online":1,"here":true"#))
        _ = script.tick(after: ChatLimits.linkMilliseconds)
        #expect(newDevice(&script, 4, "link", late).1.onlyErrorCode == "bad-link")
        // The session still belongs to its device.
        #expect(script.send(ada, #"{"type":"sign-out","device":2}"#).contains(.close(phone, .signedOut)))
    }

    @Test func aCrashVoidsLinksButNotRecoveryCodes() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let link = try value("code", script.send(ada, #"{"type":"link"}"#))
        let recovery = try value("code", script.send(ada, #"{"type":"recovery"}"#))
        _ = script.crash(survivors: [])
        #expect(newDevice(&script, 1, "link", link).1.onlyErrorCode == "bad-link")
        #expect(newDevice(&script, 2, "recovery", recovery).1.onlyErrorCode == nil)
    }

    @Test func aReleasedUserHasNoTokens() throws {
        var script = ScriptedChat(free)
        let ada = script.connect(0, as: "Ada")
        let recovery = try value("code", script.send(ada, #"{"type":"recovery"}"#))
        let link = try value("code", script.send(ada, #"{"type":"link"}"#))
        let (phone, _) = newDevice(&script, 1, "link", link)
        _ = script.disconnect(ada)
        _ = script.disconnect(phone)
        _ = script.happen(.release(UserID(1)))
        #expect(newDevice(&script, 2, "recovery", recovery).1.onlyErrorCode == "bad-recovery")
        #expect(script.ledger.devices.isEmpty && script.chat.users.count == 0)
    }

    /// There are many idle sessions, and many users who are away.
    @Test func devicesTakeNoMemoryOfUsersWithOne() {
        #expect(MemoryLayout<Session>.stride == 56)
        #expect(MemoryLayout<User>.stride == 104)
    }
}

extension String {
    /// The number of parts between a text.
    fileprivate func components(separatedBy text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count
    }
}
