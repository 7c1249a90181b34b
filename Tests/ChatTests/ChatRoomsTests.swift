// Joining and leaving: Chat+Rooms.swift as scripts of inputs and actions.

import Primitives
import Testing

@testable import Chat

@Suite struct ChatRoomsTests {
    @Test func membersGetAJoinBeforeTheJoinerIsSubscribed() {
        var script = ScriptedChat()
        _ = script.connect(0, as: "Ada")
        let bob = script.connect(1)
        _ = script.send(bob, #"{"type":"hello","name":"Bob","rooms":[]}"#)
        #expect(
            script.send(bob, #"{"type":"join","room":"lobby","create":true}"#) == [
                .publishes(
                    lobby,
                    #"{"type":"system","event":"joined","room":"lobby","name":"Bob","user":2,"users":2,"at":1767225600000}"#
                ),
                .report(.joined(bob, name: "Bob", room: "lobby")), .subscribe(bob, lobby),
                .sends(bob, #"{"type":"joined","room":"lobby","users":2}"#), .sends(bob, emptyHistory),
            ])
        #expect(
            script.send(bob, #"{"type":"join","room":"lobby"}"#)
                == [.sends(bob, #"{"type":"joined","room":"lobby","users":2}"#)])
    }

    @Test func membersGetALeaveAfterTheLeaverIsUnsubscribed() {
        var script = ScriptedChat()
        _ = script.connect(0, as: "Ada")
        let bob = script.connect(1, as: "Bob")
        #expect(
            script.send(bob, #"{"type":"leave","room":"lobby"}"#) == [
                .unsubscribe(bob, lobby), .sends(bob, #"{"type":"left","room":"lobby"}"#),
                .report(.left(name: "Bob", room: "lobby")),
                .publishes(
                    lobby,
                    #"{"type":"system","event":"left","room":"lobby","name":"Bob","user":2,"users":1,"at":1767225600000}"#
                ),
            ])
        for room in ["lobby", "attic"] {
            #expect(
                script.send(bob, #"{"type":"leave","room":"\#(room)"}"#)
                    == [.sends(bob, #"{"type":"left","room":"\#(room)"}"#)])
        }
    }

    @Test func roomsOfUsersCloseWithTheLastMember() {
        var script = ScriptedChat()
        let ada = script.connect(0, as: "Ada")
        let attic = RoomID(index: 1)
        #expect(script.send(ada, #"{"type":"join","room":"attic"}"#).onlyErrorCode == "no-such-room")
        #expect(script.send(ada, #"{"type":"join","room":"attic","create":false}"#).onlyErrorCode == "no-such-room")
        let made: [Action] = [
            .report(.roomOpened("attic")), .report(.joined(ada, name: "Ada", room: "attic")), .subscribe(ada, attic),
            .sends(ada, #"{"type":"joined","room":"attic","users":1}"#),
            .sends(ada, #"{"type":"history","room":"attic","messages":[],"more":false}"#),
        ]
        let left: [Action] = [
            .unsubscribe(ada, attic), .sends(ada, #"{"type":"left","room":"attic"}"#),
            .report(.left(name: "Ada", room: "attic")), .report(.roomClosed("attic")),
        ]
        for _ in 0..<2 {
            #expect(script.send(ada, #"{"type":"join","room":"attic","create":true}"#) == made)
            #expect(script.send(ada, #"{"type":"leave","room":"attic"}"#) == left)
        }
        #expect(script.chat.figures.rooms == 1)
    }

    @Test func configuredRoomsStay() {
        var script = ScriptedChat(ChatSettings(rooms: ["hall", "news"], roomCreation: false))
        let ada = script.connect(0, as: "Ada")
        #expect(script.send(ada, #"{"type":"leave","room":"hall"}"#).count == 3)
        #expect(script.chat.figures.rooms == 2)
        #expect(
            script.send(ada, #"{"type":"join","room":"attic","create":true}"#) == [
                .sends(
                    ada,
                    #"{"type":"error","code":"no-such-room","room":"attic","message":"There is no room attic. This server has fixed rooms."}"#
                )
            ])
    }

    @Test func theRoomsOfASessionAreLimited() {
        var script = ScriptedChat(ChatSettings(rate: 0))
        let ada = script.connect(0, as: "Ada")
        for room in 1...15 {
            #expect(script.send(ada, #"{"type":"join","room":"r\#(room)","create":true}"#).count == 5)
        }
        #expect(script.send(ada, #"{"type":"join","room":"r16","create":true}"#).onlyErrorCode == "too-many-rooms")
        #expect(script.send(ada, #"{"type":"join","room":"r15"}"#).count == 1)
        #expect(script.send(ada, #"{"type":"leave","room":"r3"}"#).count == 4)
        #expect(script.send(ada, #"{"type":"join","room":"r16","create":true}"#).count == 5)
    }

    @Test func theRoomsOfTheServerAreLimited() {
        var script = ScriptedChat(ChatSettings(rate: 0))
        var made = 1
        for slot in 0... as PartialRangeFrom<UInt32> where made < ChatLimits.rooms {
            let maker = script.connect(slot)
            _ = script.send(maker, #"{"type":"hello","rooms":[]}"#)
            for _ in 0..<ChatLimits.roomsOfSession where made < ChatLimits.rooms {
                #expect(script.send(maker, #"{"type":"join","room":"r\#(made)","create":true}"#).count == 5)
                made += 1
            }
            if made == ChatLimits.rooms { break }
        }
        #expect(script.chat.figures.rooms == ChatLimits.rooms)
        let last = script.connect(10_000, as: "Ada")
        #expect(
            script.send(last, #"{"type":"join","room":"one-more","create":true}"#).onlyErrorCode == "too-many-rooms")
        #expect(script.send(last, #"{"type":"join","room":"r1"}"#).onlyErrorCode == nil)
        // The first rooms by name are listed, r1 with two users.
        let names = (["lobby"] + (1..<made).map { "r\($0)" }).sorted().prefix(ChatLimits.roomsListed)
        let list = names.map { #"{"room":"\#($0)","users":\#($0 == "r1" ? 2 : 1)}"# }.joined(separator: ",")
        let answer = #"{"type":"rooms","rooms":[\#(list)],"more":\#(made - names.count)}"#
        #expect(script.send(last, #"{"type":"rooms"}"#) == [.send(last, json: Array(answer.utf8))])
    }

    @Test func theRoomsOfAnAddressAreLimited() throws {
        var script = ScriptedChat(ChatSettings(rate: 0, graceSeconds: 0))
        var made = 0
        func make(_ maker: SessionID, _ script: inout ScriptedChat) -> String? {
            made += 1
            return script.send(maker, #"{"type":"join","room":"r\#(made)","create":true}"#).onlyErrorCode
        }
        let client = IPAddress("192.0.2.7")
        var makers: [SessionID] = []
        while made < ChatLimits.roomsOfClient {
            makers.append(script.connect(UInt32(makers.count), address: client))
            _ = script.send(makers[makers.count - 1], #"{"type":"hello","rooms":[]}"#)
            for _ in 0..<ChatLimits.roomsOfSession { #expect(make(makers[makers.count - 1], &script) == nil) }
        }
        let (same, other) = (script.connect(900, address: client), script.connect(901, address: IPAddress("192.0.2.8")))
        for session in [same, other] { _ = script.send(session, #"{"type":"hello","rooms":["lobby"]}"#) }
        #expect(make(same, &script) == "too-many-rooms" && make(other, &script) == nil)
        #expect(script.send(same, #"{"type":"join","room":"r1"}"#).onlyErrorCode == nil)
        // The next process counts them again; the room of a second member stays when the maker has gone.
        _ = try script.handOver()
        #expect(make(same, &script) == "too-many-rooms" && make(other, &script) == nil)
        _ = script.disconnect(makers[0])
        let next = script.connect(902, address: client)
        _ = script.send(next, #"{"type":"hello","rooms":[]}"#)
        for _ in 1..<ChatLimits.roomsOfSession { #expect(make(next, &script) == nil) }
        #expect(make(next, &script) == "too-many-rooms")
    }
}
