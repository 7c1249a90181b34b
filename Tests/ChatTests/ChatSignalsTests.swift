// Signals: who gets them, what is refused, and that nothing gets out that another parser would choke on.

import Model
import Testing

@testable import Chat

@Suite struct ChatSignalsTests {
    private func signal(_ data: String, _ fields: String = "") -> String {
        #"{"type":"signal","room":"lobby"\#(fields),"data":\#(data)}"#
    }

    @Test func theOtherSessionsOfTheRoomGetASignal() {
        var (script, ada, _) = pair()
        let event =
            #"{"type":"signal","room":"lobby","from":"Ada","user":1,"data":{"a":[1,true]},"at":1767225600000}"#
        // The sender is not subscribed at this point of the order.
        #expect(
            script.send(ada, signal(#" { "a" : [ 1 , true ] } "#)) == [
                .unsubscribe(ada, lobby), .publishes(lobby, event), .subscribe(ada, lobby),
            ])
        // Nothing is stored.
        #expect(script.commit() == [] && script.ledger.seq == 2)
    }

    @Test(arguments: [
        "0", "-1.5e+3", #""""#, #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀""#, "[]", "{}", "[[],{}]", "true", "false",
        "[null]",
        #"{"data":{"type":"message","seq":1}}"#, String(repeating: "[", count: 32) + String(repeating: "]", count: 32),
        "\"" + String(repeating: "x", count: 4_094) + "\"",
    ])
    func dataPassesAsItIs(_ data: String) {
        var (script, ada, _) = pair()
        let sent = script.send(ada, signal(data))
        #expect(sent.count == 3 && sent.contains { isPublished($0, #""data":\#(data),"at":"#) })
        // White space counts only within strings.
        #expect(script.send(ada, signal("\n\t \(data)\r ")) == sent)
    }

    private func isPublished(_ action: Action, _ part: String) -> Bool {
        guard case .publish(_, let json) = action else { return false }
        return String(decoding: json, as: UTF8.self).contains(part)
    }

    @Test(arguments: [
        "\"" + String(repeating: "x", count: 4_095) + "\"",
        String(repeating: "[", count: 33) + String(repeating: "]", count: 33),
        String(repeating: #"{"a":"#, count: 33) + "1" + String(repeating: "}", count: 33),
        #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #"{"\ud800":1}"#, "1e999", "-1e999", #""\x""#, #""\u+123""#,
        "01", "1.", "+1",
        ".5", "\"a\nb\"",
    ])
    func whatOthersCouldNotReadIsRefused(_ data: String) {
        var (script, ada, _) = pair()
        let code = script.send(ada, signal(data)).onlyErrorCode
        #expect(code == "bad-data" || code == "bad-json", "\(data) is \(code ?? "passed on")")
    }

    @Test(arguments: [
        (#"{"type":"signal","room":"lobby"}"#, "missing-field", #""room":"lobby""#),
        (#"{"type":"signal","room":"lobby","data":null}"#, "missing-field", #""room":"lobby""#),
        (#"{"type":"signal","id":"s","data":1}"#, "missing-field", #""id":"s""#),
        (#"{"type":"signal","id":"s","room":"/","data":1}"#, "bad-room", #""id":"s""#),
        (#"{"type":"signal","id":"a b","room":"lobby","data":1}"#, "bad-id", #""id":"a b""#),
        (#"{"type":"signal","id":"s","room":"attic","data":1}"#, "not-in-room", #""id":"s""#),
        (#"{"type":"signal","room":"attic","data":1}"#, "not-in-room", #""room":"attic""#),
        (#"{"type":"signal","id":"s","room":"lobby","data":"\ud800"}"#, "bad-data", #""id":"s""#),
    ])
    func aRefusalNamesItsCommand(_ json: String, _ code: String, _ context: String) {
        var (script, ada, _) = pair()
        let answer = script.send(ada, json)
        #expect(answer.onlyErrorCode == code)
        #expect(answer.sent(to: ada).allSatisfy { $0.contains(context) })
    }

    @Test func aMutedUserSendsNone() {
        var (script, ada, _) = pair()
        _ = script.order(.mute(name: "Ada", until: nil, reason: nil))
        #expect(script.send(ada, signal("1")).onlyErrorCode == "muted")
    }

    @Test func signalsHaveTheBudgetOfCommands() {
        var (script, ada, _) = pair(ChatSettings(rate: 1, burst: 3))
        for _ in 0..<2 { #expect(script.send(ada, signal("1")).onlyErrorCode == nil) }
        #expect(script.send(ada, signal("1", #","id":"s""#)).onlyErrorCode == "rate-limited")
    }
}
