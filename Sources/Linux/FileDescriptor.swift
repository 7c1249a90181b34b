// Ownership of a file descriptor: one owner, closed when the owner goes.

internal import Glibc

/// An open file descriptor that is closed at the end of its life.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for calls that borrow it. Never close it.
    package let number: Int32

    /// Takes over a descriptor that is open and that nobody else closes.
    package init(owning number: Int32) {
        precondition(number >= 0)
        self.number = number
    }

    /// Gives up ownership: the caller closes it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    deinit { _ = close(number) }
}
