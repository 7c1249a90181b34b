// Users with signed tokens: who they are, what their tokens allow, and when their sessions end.

import Crypto
import FoundationEssentials
import Primitives
import SignedTokens
import Testing

@testable import Chat

private let secret = "0123456789abcdef0123456789abcdef"

/// A token for HS256. The clock of scripts begins at 1767225600.
private func jwt(_ subject: String, _ claims: String = "", expires: Int = 1_767_229_200) -> String {
    func encoded(_ bytes: [UInt8]) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }
    let text =
        encoded(Array(#"{"alg":"HS256"}"#.utf8)) + "."
        + encoded(Array(#"{"sub":"\#(subject)","exp":\#(expires)\#(claims)}"#.utf8))
    let key = SymmetricKey(data: Array(secret.utf8))
    return text + "." + encoded(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
}

@Suite struct ChatSignedTokensTests {
    private func settings(_ identity: IdentitySource = .token) throws -> ChatSettings {
        ChatSettings(rate: 0, identity: identity, graceSeconds: 0, tokenKey: try TokenKey(Array(secret.utf8)))
    }

    private func hello(_ token: String, _ fields: String = "") -> String {
        #"{"type":"hello","jwt":"\#(token)"\#(fields)}"#
    }

    private func welcome(_ actions: [Action], _ session: SessionID) -> String {
        actions.sent(to: session).first { $0.hasPrefix(#"{"type":"welcome""#) } ?? "\(actions.sent(to: session))"
    }

    @Test func theSubjectIsTheSameUserForEver() throws {
        var script = ScriptedChat(try settings())
        let ada = script.connect(0)
        let first = welcome(script.send(ada, hello(jwt("7", #","name":"Ada""#))), ada)
        #expect(first.hasPrefix(#"{"type":"welcome","name":"Ada","user":1,"ledger""#), "without a token")
        _ = script.disconnect(ada)
        // Another process knows it, and the name follows the token.
        var next = ScriptedChat(try settings(), ledger: script.ledger)
        let again = next.connect(0)
        let actions = next.send(again, hello(jwt("7", #","name":"Ada L.""#)))
        #expect(welcome(actions, again).contains(#""name":"Ada","user":1"#))
        #expect(actions.sent(to: again).contains(#"{"type":"renamed","name":"Ada L."}"#))
        // A name that is taken stays where it is, and a new user with it is refused.
        let bob = next.connect(1, as: "Bob")
        #expect(
            !next.send(next.connect(2), hello(jwt("7", #","name":"BOB""#))).compactMap(\.sentText).contains {
                $0.contains("renamed")
            })
        #expect(next.send(next.connect(3), hello(jwt("8", #","name":"bob""#))).onlyErrorCode == "name-taken")
        #expect(next.send(bob, #"{"type":"rename","name":"Ada"}"#).onlyErrorCode == "name-taken", "a former name")
        // Without a name the subject is the name.
        let eve = next.connect(4)
        #expect(welcome(next.send(eve, hello(jwt("eve@example.org"))), eve).contains(#""name":"eve@example.org""#))
    }

    @Test func itsNameAndItsDevicesAreTheSites() throws {
        var script = ScriptedChat(try settings())
        let ada = script.connect(0)
        _ = script.send(ada, hello(jwt("7", #","name":"Ada""#)))
        #expect(script.send(ada, #"{"type":"rename","name":"Eve"}"#).onlyErrorCode == "name-fixed")
        for command in ["devices", "sign-out", "link", "recovery"] {
            #expect(script.send(ada, #"{"type":"\#(command)"}"#).onlyErrorCode == "no-tokens")
        }
        // Nobody gets the user by a token of the server's.
        for token in ["7", "jwt:7", "Ada"] {
            let other = script.connect(1)
            let sent = script.send(other, #"{"type":"hello","token":"\#(token)"}"#)
            #expect(!welcome(sent, other).contains(#""user":1,"#))
            _ = script.disconnect(other)
        }
    }

    @Test func twoTabsOfANewUserAreOneUser() throws {
        var script = ScriptedChat(try settings())
        script.isHeld = true
        let tabs = [script.connect(0), script.connect(1)]
        for (index, tab) in tabs.enumerated() { _ = script.send(tab, hello(jwt("7", #","name":"Ada \#(index)""#))) }
        #expect(script.appended.count == 1)
        // So is a request meanwhile.
        #expect(script.request(.rooms, with: .token(jwt("7", #","name":"Ada 2""#))) == [])
        let actions = script.commit()
        #expect(tabs.allSatisfy { welcome(actions, $0).contains(#""name":"Ada 0","user":1"#) })
        #expect(actions.contains { if case .answer(_, .done) = $0 { true } else { false } })
    }

    /// Swift takes them for the same text, and a site need not.
    @Test(arguments: [("jos\u{e9}", "jose\u{301}"), ("1\u{212a}", "1K")])
    func subjectsAreComparedByBytes(_ first: String, _ second: String) throws {
        var script = ScriptedChat(try settings())
        script.isHeld = true
        let clients = [script.connect(0), script.connect(1)]
        _ = script.send(clients[0], hello(jwt(first, #","name":"Ada""#)))
        _ = script.send(clients[1], hello(jwt(second, #","name":"Eve""#)))
        var actions = script.commit()
        script.isHeld = false
        #expect(welcome(actions, clients[0]).contains(#""name":"Ada","user":1"#))
        #expect(welcome(actions, clients[1]).contains(#""name":"Eve","user":2"#))
        var next = ScriptedChat(try settings(), ledger: script.ledger)
        let again = next.connect(0)
        actions = next.send(again, hello(jwt(second, #","name":"Eve""#)))
        #expect(welcome(actions, again).contains(#""name":"Eve","user":2"#))
    }

    @Test func itsRoomsAreTheOnlyOnes() throws {
        var script = ScriptedChat(try settings())
        let ada = script.connect(0)
        let token = jwt("7", #","name":"Ada","rooms":["den","attic"]"#)
        let actions = script.send(ada, hello(token))
        #expect(
            actions.sent(to: ada).contains { $0.contains(#""type":"joined","room":"den""#) },
            "the first one, which is made")
        #expect(script.send(ada, #"{"type":"join","room":"lobby"}"#).onlyErrorCode == "no-such-room")
        let attic = script.send(ada, #"{"type":"join","room":"attic"}"#)
        #expect(attic.sent(to: ada).contains { $0.contains(#""type":"joined","room":"attic""#) })
        let listed = script.send(ada, #"{"type":"rooms"}"#).sent(to: ada)
        #expect(listed.count == 1 && listed.allSatisfy { $0.contains("den") && !$0.contains("lobby") })
        // By HTTP, too.
        let post = ProgramRequest.Operation.post(room: "lobby", id: "p", text: "x", re: nil)
        #expect(script.request(post, with: .token(token)).refusal?.code == "not-allowed")
        let allowed = ProgramRequest.Operation.post(room: "den", id: "p", text: "x", re: nil)
        #expect(script.request(allowed, with: .token(token)) == [])
        #expect(script.commit().contains { if case .answer(_, .done) = $0 { true } else { false } })
        // No room at all.
        let none = script.connect(1)
        _ = script.send(none, hello(jwt("8", #","rooms":[]"#)))
        #expect(script.send(none, #"{"type":"rooms"}"#).sent(to: none).allSatisfy { $0.contains(#""rooms":[]"#) })
        #expect(script.send(none, #"{"type":"join","room":"lobby"}"#).onlyErrorCode == "no-such-room")
    }

    @Test func aSessionEndsWithItsToken() throws {
        var script = ScriptedChat(try settings())
        let ada = script.connect(0)
        _ = script.send(ada, hello(jwt("7", expires: 1_767_225_600 + 30)))
        // A minute for clocks that differ.
        #expect(script.tick(after: 89_999).closed == [])
        #expect(script.tick(after: 1).closed == [4001])
        #expect(script.send(ada, #"{"type":"rooms"}"#) == [])
        // The user has not left: its client comes back at once.
        let late = script.connect(1)
        #expect(script.send(late, hello(jwt("7", expires: 1_767_225_600 + 29))).onlyErrorCode == "token-expired")
        #expect(welcome(script.send(late, hello(jwt("7"))), late).contains(#""user":1"#))
        _ = script.disconnect(ada)
        #expect(script.tick(after: 1_000_000).closed == [])
    }

    @Test func aPlannedRestartKeepsTheEndAndTheRooms() throws {
        var script = ScriptedChat(try settings())
        let ada = script.connect(0)
        _ = script.send(ada, hello(jwt("7", #","rooms":["den"]"#, expires: 1_767_225_600 + 30)))
        _ = try script.handOver()
        #expect(script.send(ada, #"{"type":"join","room":"lobby"}"#).onlyErrorCode == "no-such-room")
        #expect(script.tick(after: 89_999).closed == [])
        #expect(script.tick(after: 1).closed == [4001])
    }

    @Test func afterACrashTheTokenIsCheckedAgain() throws {
        var script = ScriptedChat(try settings(.signed))
        let ada = script.connect(0)
        let token = jwt("7", expires: 1_767_225_600 + 30)
        _ = script.send(ada, hello(token))
        script.now.wall += 90_000
        _ = script.crash(survivors: [ada])
        #expect(script.send(ada, hello(token, #","again":1"#)).onlyErrorCode == "token-expired")
        #expect(welcome(script.send(ada, hello(jwt("7"))), ada).contains(#""user":1"#))
    }

    @Test func anUnbelievedClockEndsNothing() throws {
        var script = ScriptedChat(try settings())
        let ada = script.connect(0)
        _ = script.send(ada, hello(jwt("7")))
        #expect(script.jump(by: 1_000_000_000, isClockSettled: false).closed == [])
        #expect(script.tick(after: 60_000).closed == [])
        #expect(script.jump(by: 0, isClockSettled: true).closed == [])
        #expect(script.tick(after: 60_000).closed == [4001])
    }

    @Test func onlySignedUsersAreAcceptedWhereTheAdministratorWantsIt() throws {
        var script = ScriptedChat(try settings(.signed))
        let ada = script.connect(0)
        #expect(script.send(ada, #"{"type":"hello","name":"Ada"}"#).onlyErrorCode == "bad-token")
        #expect(script.send(ada, hello("a.b.c")).onlyErrorCode == "bad-token")
        #expect(script.send(ada, #"{"type":"hello","link":"YAN4-KXVX-2XB8-J54Q-3J6C"}"#).onlyErrorCode == "no-tokens")
        #expect(welcome(script.send(ada, hello(jwt("7"))), ada).contains(#""user":1"#))
        // A server without a key says so, rather than making a guest of the user.
        var other = ScriptedChat()
        #expect(other.send(other.connect(0), hello(jwt("7"))).onlyErrorCode == "bad-token")
        #expect(other.request(.rooms, with: .token(jwt("7"))).refusal?.kind == .invalidToken)
    }

    @Test func aLoginAtTheProxyIsNoUserOfASignedToken() throws {
        var script = ScriptedChat(try settings())
        _ = script.send(script.connect(0), hello(jwt("7", #","name":"ada""#)))
        // Another process, after the administrator has changed the setting.
        var next = ScriptedChat(ChatSettings(identity: .proxy, graceSeconds: 0), ledger: script.ledger)
        let login = next.connect(0, authenticatedName: "ada")
        #expect(next.send(login, #"{"type":"hello"}"#).onlyErrorCode == "name-taken")
        #expect(next.request(.rooms, with: .authenticated(name: "ada")).refusal?.code == "name-taken")
    }

    @Test func bansHold() throws {
        var script = ScriptedChat(try settings())
        _ = script.order(.ban(.name("Ada"), until: nil, reason: nil))
        #expect(script.send(script.connect(0), hello(jwt("7", #","name":"ada""#))).closed == [4201])
        let bob = script.connect(1)
        _ = script.send(bob, hello(jwt("8", #","name":"Bob""#)))
        _ = script.order(.ban(.user("Bob"), until: nil, reason: nil))
        #expect(script.send(script.connect(2), hello(jwt("8", #","name":"Robert""#))).closed == [4201])
        #expect(script.request(.rooms, with: .token(jwt("8"))).refusal?.code == "banned")
        #expect(script.send(script.connect(3), hello(jwt("9", #","name":"\u202e""#))).onlyErrorCode == "bad-token")
    }
}

extension [Action] {
    /// The close codes, in order.
    fileprivate var closed: [UInt16] {
        compactMap { if case .close(_, let reason) = $0 { reason.code } else { nil } }
    }

    fileprivate var refusal: ProgramRefusal? {
        for case .answer(_, .refused(let refusal)) in self { return refusal }
        return nil
    }
}
