// Notices that another process has closed the copy of a descriptor that it was sent.

internal import CLinux
internal import Glibc

/// The reading end of a pipe whose writing end is sent away.
package struct ClosingNotice: ~Copyable {
    private let reader: FileDescriptor

    /// Makes a pipe.
    /// - Parameter send: sends the writing end's number away. This process's own copy is closed afterwards.
    /// - Throws: where no descriptor is left; the errors of `send`.
    package init(_ send: (Int32) throws(SystemError) -> Void) throws(SystemError) {
        var numbers: [Int32] = [-1, -1]
        guard unsafe clinux_pipe(&numbers) == 0 else { throw .last("pipe2") }
        let reader = FileDescriptor(owning: numbers[0])
        let writer = FileDescriptor(owning: numbers[1])
        try send(writer.number)
        self.reader = reader
    }

    /// Waits until all copies of the writing end are closed.
    /// - Returns: whether they are.
    package func isClosed(within milliseconds: Int32 = 0) -> Bool {
        var event = pollfd(fd: reader.number, events: 0, revents: 0)
        return retryingOnInterrupt { Int(unsafe poll(&event, 1, milliseconds)) } > 0
    }
}
