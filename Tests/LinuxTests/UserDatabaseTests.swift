import Glibc
import Testing

@testable import Linux

@Suite struct UserDatabaseTests {
    @Test(arguments: [("root", 0), ("0", 0), ("65534", 65_534), ("4294967294", 4_294_967_294)] as [(String, UInt32)])
    func usersHaveNumbers(_ text: String, _ number: UInt32) { #expect(UserDatabase.number(of: text) == number) }

    @Test(arguments: ["", "no such user", "-1", "4294967295", "4294967296", "root\n"])
    func otherTextsHaveNone(_ text: String) {
        #expect(UserDatabase.number(of: text) == nil && UserDatabase.localNumber(of: text) == nil)
    }

    @Test func usersOfAFileAreFoundInIt() throws {
        let file = TemporaryPath()
        guard let users = unsafe fopen(file.path, "w") else { throw SystemError.last("open a file") }
        unsafe fputs("root:x:0:0:root:/root:/bin/sh\nproxy:x:4001:13::/:/bin/false\n", users)
        unsafe fclose(users)
        #expect(UserDatabase.localNumber(of: "proxy", in: file.path) == 4_001)
        #expect(UserDatabase.localNumber(of: "17", in: file.path) == 17)
        #expect(UserDatabase.localNumber(of: "www-data", in: file.path) == nil)
        #expect(UserDatabase.localNumber(of: "proxy", in: "/nowhere") == nil)
        #expect(UserDatabase.localNumber(of: "root") == 0)
    }

    @Test func aUserOfThisNamespaceIsMapped() { #expect(UserDatabase.isMapped(0)) }
}
