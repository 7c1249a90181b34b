// This process becomes another program, and hands it descriptors. execve(2)

internal import CLinux
internal import Glibc

extension Process {
    /// In it, what was handed over: "7:websocket,9:r". Not LISTEN_FDS, for these stay where they are: should the other program
    /// not start, nothing has happened.
    private static let variable = "CHATRELAY_DESCRIPTORS"

    /// Starts the program anew, from the file that it was started from (which may be another one by now), with the same
    /// arguments and the descriptors besides.
    /// - Throws: why there is no such program; then nothing has changed.
    package static func replaceItself(
        descriptors: [(number: Int32, name: String)]
    ) throws(SystemError) {
        let path = try programPath()
        let value = descriptors.map { "\($0.number):\($0.name)" }.joined(separator: ",")
        for one in descriptors { _ = clinux_set_close_on_exec(one.number, 0) }
        unsafe setenv(variable, value, 1)
        unsafe execv(path, CommandLine.unsafeArgv)
        let error = SystemError.last("start \(path)")
        unsafe unsetenv(variable)
        for one in descriptors { _ = clinux_set_close_on_exec(one.number, 1) }
        throw error
    }

    /// What the program before has handed over, once.
    package static func takeHandedDescriptors() throws(SystemError) -> [(number: Int32, name: String)] {
        guard let value = environment(variable) else { return [] }
        unsafe unsetenv(variable)
        var descriptors: [(number: Int32, name: String)] = []
        for part in value.split(separator: ",") {
            let fields = part.split(separator: ":", maxSplits: 1)
            guard fields.count == 2, let number = Int32(fields[0]), number > 2,
                clinux_set_close_on_exec(number, 1) == 0
            else { throw SystemError(code: EBADF, attempt: "take “\(part)” of \(variable)") }
            descriptors.append((number, String(fields[1])))
        }
        return descriptors
    }

    /// The file that this process runs, or the newer one that has taken its place.
    package static func programPath() throws(SystemError) -> String {
        var bytes = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count - 1)
        guard count > 0 else { throw .last("read /proc/self/exe") }
        let path = String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // proc(5): what was removed is said to be.
        let removed = " (deleted)"
        return path.hasSuffix(removed) ? String(path.dropLast(removed.count)) : path
    }
}
