// A file descriptor with one owner. close(2).

internal import Glibc

/// An open file descriptor, closed when its owner is destroyed.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for system calls. The caller must not close it.
    package let number: Int32

    /// Takes over an open descriptor, which the caller must no longer close.
    package init(owning number: Int32) {
        precondition(number >= 0)
        self.number = number
    }

    /// Gives up ownership: the caller must close the descriptor.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    deinit { _ = close(number) }
}
