import FoundationEssentials
import Testing

@testable import Linux

@Suite struct LockedFileTests {
    private let path =
        FileManager.default.temporaryDirectory.path() + "chatrelay-lock-\(UInt64.random(in: 0...UInt64.max))"

    @Test func oneProcessAtATimeHasTheFile() throws {
        defer { Process.removeFile(path) }
        var file: LockedFile? = try LockedFile(path, milliseconds: 0)
        let error = #expect(throws: SystemError.self) { try LockedFile(path, milliseconds: 20) }
        #expect(error?.isLocked == true)
        _ = file
        file = nil
        _ = try LockedFile(path, milliseconds: 0)
    }

    @Test func aReplacedFileIsNoticed() throws {
        defer { for name in [path, path + "2"] { Process.removeFile(name) } }
        let file = try LockedFile(path, milliseconds: 0)
        #expect(file.isInPlace)
        Process.makePrivateFile(path + "2")
        try Process.moveFile(path + "2", to: path)
        #expect(!file.isInPlace)
        // The one that is there now can be locked.
        #expect(try LockedFile(path, milliseconds: 0).identity != file.identity)
        Process.removeFile(path)
        #expect(!file.isInPlace)
        let missing = #expect(throws: SystemError.self) { try LockedFile(path, creates: false, milliseconds: 0) }
        #expect(missing?.isNoSuchFile == true)
    }

    @Test func anAttributeStaysWithTheFile() throws {
        defer { for name in [path, path + "2"] { Process.removeFile(name) } }
        do {
            let file = try LockedFile(path, milliseconds: 0)
            #expect(file.attribute("user.chatrelay") == nil)
            // Some file systems keep none.
            guard file.setAttribute("user.chatrelay", [1, 2]) else { return }
        }
        try Process.moveFile(path, to: path + "2")
        #expect(LockedFile.attribute("user.chatrelay", of: path + "2") == [1, 2])
        try Files.copy(path + "2", to: path)
        #expect(LockedFile.attribute("user.chatrelay", of: path) == nil)
    }

    @Test func theHeadIsAsLongAsTheFile() throws {
        defer { Process.removeFile(path) }
        try Data([1, 2, 3]).write(to: URL(filePath: path))
        #expect(try LockedFile(path, milliseconds: 0).head(100) == [1, 2, 3])
    }
}
