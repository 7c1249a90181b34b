import API
import Testing

struct EventStreamTests {
    private func event(_ json: String) -> String {
        String(decoding: EventStream.event(Array(json.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"type":"message","seq":12,"id":"a"}"#, "12"), (#"{"type":"system","event":"announcement","seq":7}"#, "7"),
        (#"{"type":"topic","seq":3,"id":"a"}"#, "3"), (#"{"type":"welcome","name":"A","seq":5}"#, nil),
        (#"{"type":"system","event":"joined","room":"a"}"#, nil), (#"{"type":"typing","room":"a"}"#, nil),
        (#"{"type":"signal","room":"a","data":{"seq":5}}"#, nil),
        (#"{"type":"history","room":"a","messages":[],"more":false}"#, nil),
        (
            #"{"type":"history","room":"a","messages":[{"type":"message","seq":8,"text":"{\"type\":\"message\",\"seq\":9,"}]}"#,
            "8"
        ),
    ])
    func durableEventsHaveTheirNumber(_ json: String, _ seq: String?) {
        #expect(event(json) == (seq.map { "id: \($0)\n" } ?? "") + "data: \(json)\n\n")
    }

    @Test(arguments: [
        (#"{"type":"message","seq":1}"#, true), (#"{"type":"private","seq":1}"#, false),
        (#"{"type":"history","messages":[]}"#, false), (#"{"type":"history","room":"a"}"#, true),
        (#"{"type":"edited","seq":1,"id":"x","message":5,"room":"a"}"#, true),
        (#"{"type":"edited","seq":1,"id":"x","message":5,"from":"A"}"#, false),
        (#"{"type":"deleted","seq":1,"message":5,"room":"a"}"#, true),
        (#"{"type":"deleted","seq":1,"message":5,"from":"A"}"#, false), (#"{"type":"reads","positions":[]}"#, false),
        (#"{"type":"read","seq":1}"#, false), (#"{"type":"renamed","name":"A"}"#, false),
    ])
    func whatConcernsTheUserIsLeftOut(_ json: String, _ isOfRoom: Bool) {
        #expect(EventStream.isOfRoom(Array(json.utf8)) == isOfRoom)
    }
}
