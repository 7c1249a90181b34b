import Testing

@testable import Linux

@Suite struct UserDatabaseTests {
    @Test(arguments: [("root", 0), ("0", 0), ("65534", 65_534), ("4294967294", 4_294_967_294)] as [(String, UInt32)])
    func usersHaveNumbers(_ text: String, _ number: UInt32) { #expect(UserDatabase.number(of: text) == number) }

    @Test(arguments: ["", "no such user", "-1", "4294967295", "4294967296", "root\n"])
    func otherTextsHaveNone(_ text: String) { #expect(UserDatabase.number(of: text) == nil) }

    @Test func aUserOfThisNamespaceIsMapped() { #expect(UserDatabase.isMapped(0)) }
}
