// Replaces this process's program and passes descriptors to the new one. execve(2)

internal import CLinux
internal import Glibc

extension Process {
    /// The environment variable with the passed descriptors: "7:websocket,9:r". Not LISTEN_FDS, which would need the
    /// descriptors from 3 on (sd_listen_fds(3)): these keep their numbers, so that a failed execve(2) changes nothing.
    private static let variable = "CHATRELAY_DESCRIPTORS"

    /// Starts the program again with the same arguments, from the same path, where a newer file may be now.
    /// - Parameter descriptors: the descriptors that stay open, each with a name without commas.
    /// - Throws: where the program can't be started; then nothing has changed.
    package static func replaceItself(
        descriptors: [(number: Int32, name: String)]
    ) throws(SystemError) {
        let path = try programPath()
        let value = descriptors.map { "\($0.number):\($0.name)" }.joined(separator: ",")
        for descriptor in descriptors { _ = clinux_set_close_on_exec(descriptor.number, 0) }
        unsafe setenv(variable, value, 1)
        unsafe execv(path, CommandLine.unsafeArgv)
        let error = SystemError.last("start \(path)")
        unsafe unsetenv(variable)
        for descriptor in descriptors { _ = clinux_set_close_on_exec(descriptor.number, 1) }
        throw error
    }

    /// The descriptors that `replaceItself` passed to this program, on the first call; later none.
    /// - Throws: EBADF where the environment variable names a descriptor that is not open.
    package static func takePassedDescriptors() throws(SystemError) -> [(number: Int32, name: String)] {
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

    /// The path of this process's program, where a newer file may be now.
    /// - Throws: where /proc/self/exe can't be read.
    package static func programPath() throws(SystemError) -> String {
        var bytes = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count - 1)
        guard count > 0 else { throw .last("read /proc/self/exe") }
        let path = String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The kernel appends this where the file was removed (proc_pid_exe(5)).
        let removed = " (deleted)"
        return path.hasSuffix(removed) ? String(path.dropLast(removed.count)) : path
    }
}
