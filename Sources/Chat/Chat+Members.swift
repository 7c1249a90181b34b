// The members of a room in order, and their number. In a large room single joins and leaves are not announced, but from time to
// time the number of members is.

internal import Primitives

extension Chat {
    /// Announces the number of members of each large room where it has changed.
    mutating func announceCounts(at now: Moment, into actions: inout [Action]) {
        guard now.monotonic >= rooms.countsDue else { return }
        rooms.countsDue = now.monotonic + ChatLimits.countInterval
        for room in rooms.ids {
            let count = rooms[room].members.count
            let announced = rooms[room].announcedCount
            guard count != announced || rooms[room].otherCountSent else { continue }
            guard max(count, announced) > ChatLimits.announcedUsers else { continue }
            rooms[room].announcedCount = count
            rooms[room].otherCountSent = false
            publish(.system(.count(users: count), room: rooms[room].name, at: now.wall), to: room, into: &actions)
        }
    }

    mutating func joinedEvent(_ room: RoomID) -> ServerEvent {
        .joined(room: rooms[room].name, users: countForOneSession(room), rooms.topics[rooms[room].name])
    }

    /// The number of members, to be sent to one session.
    mutating func countForOneSession(_ room: RoomID) -> Int {
        let count = rooms[room].members.count
        if count != rooms[room].announcedCount { rooms[room].otherCountSent = true }
        return count
    }

    /// Keeps the members sorted by the keys of their names.
    mutating func insertMember(_ user: UInt32, into room: RoomID) {
        rooms[room].members.insert(user, at: memberIndex(of: user, in: room))
    }

    /// To be called while the user still has the name with which it was inserted.
    mutating func removeMember(_ user: UInt32, from room: RoomID) {
        let index = memberIndex(of: user, in: room)
        precondition(rooms[room].members[index] == user, "the members are out of order")
        rooms[room].members.remove(at: index)
    }

    /// - Returns: the index of the first member whose key is not below the user's.
    private func memberIndex(of user: UInt32, in room: RoomID) -> Int {
        let key = users[user].name.key
        return rooms[room].members.partitioningIndex { users[$0].name.key >= key }
    }
}
