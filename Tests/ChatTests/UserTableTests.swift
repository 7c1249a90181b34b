import Testing

@testable import Chat

@Suite struct UserTableTests {
    private func user(_ number: UInt64) throws -> User {
        User(
            id: UserID(number), name: try UserName("User \(number)"), token: TokenHash(high: number, low: 0), seen: 0)
    }

    @Test func usersAreFoundByIDAndByToken() throws {
        var users = UserTable()
        let index = users.insert(try user(7))
        #expect(users.index(of: UserID(7)) == index && users.index(of: TokenHash(high: 7, low: 0)) == index)
        #expect(users.index(of: UserID(8)) == nil && users.index(of: TokenHash(high: 8, low: 0)) == nil)
    }

    @Test func indicesAreReusedAfterRemoval() throws {
        var users = UserTable()
        let first = users.insert(try user(1))
        let second = users.insert(try user(2))
        users.remove(first)
        #expect(users.index(of: UserID(1)) == nil && users.index(of: TokenHash(high: 1, low: 0)) == nil)
        #expect(users.indices { _ in true } == [second] && users.count == 1 && users.capacity == 2)
        #expect(users.insert(try user(3)) == first)
        #expect(users.indices(in: 0..<1) { _ in true } == [first])
        #expect(users.indices(in: 1..<99) { $0.id.number > 2 } == [])
    }
}
