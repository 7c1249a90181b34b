// A descriptor in reserve, so that a process at its descriptor limit can still open one to report that.

internal import CLinux

package struct DescriptorReserve: ~Copyable {
    private var kept: FileDescriptor?

    /// Opens the reserve descriptor; a failure leaves the reserve empty until the next `lend`.
    package init() { keep() }

    /// Closes the reserve descriptor while `body` runs, which may open one descriptor and must close it again.
    package mutating func lend(_ body: () -> Void) {
        kept = nil
        body()
        keep()
    }

    private mutating func keep() {
        let number = clinux_eventfd()
        // Where another thread takes the descriptor first, the reserve stays empty until the next `lend`.
        if number >= 0 { kept = FileDescriptor(owning: number) }
    }
}
