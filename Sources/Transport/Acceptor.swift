// The listening sockets on the event loop.

package import Chat
package import Linux
package import Systemd

package final class Acceptor {
    package let listeners: [Listener]
    private let transport: SocketTransport
    /// Whether new connections wait in the kernel's queue because there is no descriptor for them.
    private var isPaused = false
    /// Until when that counts as a problem: it is tried again every second.
    private var shortUntil: Int64 = 0

    package init(_ listeners: [Listener], _ transport: SocketTransport) {
        self.listeners = listeners
        self.transport = transport
    }

    /// Begins to accept.
    /// - Parameter accepted: called after each batch of new connections.
    package func start(on loop: EventLoop, accepted: @escaping (Moment) -> Void) throws(SystemError) {
        for listener in listeners {
            listener.source = try loop.onReadable(listener.socket.number, priority: .newConnections) { [unowned self] in
                let now = Moment(wall: Clock.wall, monotonic: Clock.monotonic)
                accept(from: listener, at: now)
                accepted(now)
            }
        }
    }

    package var isEnabled = true {
        didSet { update() }
    }

    private func update() {
        for listener in listeners { listener.source?.isEnabled = isEnabled && !isPaused }
    }

    /// Tries again after a lack of descriptors.
    package func resume() {
        guard isPaused else { return }
        isPaused = false
        update()
    }

    /// Whether the process has lacked descriptors lately.
    package func isShort(at now: Moment) -> Bool { now.monotonic < shortUntil }

    /// Where the proxy connects to, for sentences.
    package var places: String { listeners.filter { !$0.isControl }.map(\.name).joined(separator: ", ") }

    private func accept(from listener: Listener, at now: Moment) {
        for _ in 0..<TransportLimits.acceptBatch {
            switch UnixSocket.accept(listener.socket) {
            case .none: return
            case .failed(let error):
                transport.handler?.report(.descriptorLimit(error))
                shortUntil = now.monotonic + TransportLimits.descriptorShortageMilliseconds
                isPaused = true
                update()
                return
            case .connection(let socket):
                if listener.isControl {
                    transport.acceptControl(socket, at: now)
                } else {
                    transport.accept(socket, at: now)
                }
            }
        }
    }
}
