import Glibc
import Linux
import Testing

@Suite struct ProcessTests {
    private let file = TemporaryPath()

    @Test func descriptorsAndMemoryAreThoseOfThisProcess() {
        // Other tests open and close some meanwhile.
        let extra = (0..<500).map { _ in unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
        let before = Process.openDescriptors
        for descriptor in extra { close(descriptor) }
        #expect(abs(before - Process.openDescriptors - 500) < 200)
        #expect(Process.residentBytes > 1 << 20 && Process.residentBytes < 1 << 34)
    }

    @Test func aPrivateFileIsMadeOnceAndMoved() throws {
        Process.makePrivateFile(file.path)
        var status = stat()
        #expect(unsafe stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(unsafe chmod(file.path, 0o644) == 0)
        Process.makePrivateFile(file.path)
        #expect(
            unsafe stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o644, "an existing file stays as it is")
        let new = TemporaryPath()
        try Process.moveFile(file.path, to: new.path)
        #expect(Process.fileExists(new.path) && !Process.fileExists(file.path))
        let missing = #expect(throws: SystemError.self) { try Process.moveFile(file.path, to: new.path) }
        #expect(missing?.isNoSuchFile == true)
        Process.removeFile(new.path)
        #expect(!Process.fileExists(new.path))
    }

    @Test(arguments: [(0, 0), (7, 7)] as [(Int32, Int32)])
    func aProgramsExitStatusIsReturned(_ status: Int32, _ expected: Int32) throws {
        #expect(try Process.run("/bin/sh", ["-c", "exit \(status)"], milliseconds: 10_000) == expected)
    }

    @Test func aProgramThatASignalEndsHasNoStatus() throws {
        #expect(try Process.run("/bin/sh", ["-c", "kill -KILL $$"], milliseconds: 10_000) == nil)
        #expect(try Process.run("/bin/sleep", ["60"], milliseconds: 50) == nil, "it is killed after its time")
        let missing = #expect(throws: SystemError.self) { try Process.run("/nowhere", [], milliseconds: 1) }
        #expect(missing?.isNoSuchFile == true)
    }

    @Test func theProgramsPathIsThatOfThisProcess() throws {
        var here = stat()
        var there = stat()
        #expect(unsafe stat("/proc/self/exe", &here) == 0)
        #expect(try unsafe stat(Process.programPath(), &there) == 0)
        #expect(here.st_ino == there.st_ino && here.st_dev == there.st_dev)
    }
}
