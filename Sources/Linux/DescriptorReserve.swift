// A descriptor that is kept for the moment when there is no other: who has none left must still be able to say so.

internal import CLinux

package struct DescriptorReserve: ~Copyable {
    private var kept: FileDescriptor?

    package init() { keep() }

    /// Gives it up while `body` runs, which may open one and closes it again.
    package mutating func lend(_ body: () -> Void) {
        kept = nil
        body()
        keep()
    }

    private mutating func keep() {
        let number = clinux_eventfd()
        // Where another thread was faster: the next time.
        if number >= 0 { kept = FileDescriptor(owning: number) }
    }
}
