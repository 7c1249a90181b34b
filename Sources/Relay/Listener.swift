// Where connections come from: sockets that the service manager hands over, or one that we bind.

internal import Linux
internal import Systemd

/// A listening Unix socket.
package final class Listener {
    let socket: FileDescriptor
    /// For sentences: the socket unit's name for it, or the path.
    package let name: String
    var source: EventLoop.Source?

    private init(_ socket: consuming FileDescriptor, name: String) {
        self.socket = socket
        self.name = name
    }

    /// The name in FileDescriptorName= of the socket unit for WebSocket connections.
    package static let webSocketName = "websocket"

    /// All listeners: those handed over, checked before anything else is opened; without any, the one to bind.
    /// - Throws: `ListenerError`, a sentence that says what to do.
    package static func open(_ path: String?) throws(ListenerError) -> [Listener] {
        var listeners: [Listener] = []
        do {
            try ServiceManager.takeDescriptors { handed in
                let name = handed.name
                let listener = Listener(handed.take(), name: name)
                if let fault = UnixSocket.fault(ofListener: listener.socket) {
                    throw ListenerError(
                        "The socket “\(name)” from the service manager can't be used: \(fault). Its socket unit needs ListenStream= with a path."
                    )
                }
                listeners.append(listener)
            }
        } catch let error as ListenerError {
            throw error
        } catch {
            throw ListenerError("The sockets from the service manager can't be taken: \(error).")
        }
        // A single socket needs no name; of several, each must say what it is for.
        if listeners.count > 1, let stranger = listeners.first(where: { $0.name != webSocketName }) {
            throw ListenerError(
                "The service manager handed over a socket named “\(stranger.name)”; known is “\(webSocketName)” (FileDescriptorName= of the socket unit)."
            )
        }
        if !listeners.isEmpty { return listeners }
        guard let path else {
            throw ListenerError(
                "There is no socket to listen on: start it with “systemctl start chatrelay.socket”, or give --listen PATH."
            )
        }
        do {
            return [Listener(try UnixSocket.listen(path: path, backlog: Limits.backlog), name: path)]
        } catch {
            throw ListenerError(sentence(for: error, path: path))
        }
    }

    private static func sentence(for error: SystemError, path: String) -> String {
        if error.isAddressInUse {
            return "Another program listens on \(path): stop it, or give another --listen PATH."
        }
        if error.isNoSuchFile {
            return "The directory of \(path) does not exist: make it, or give another --listen PATH."
        }
        if error.isPermission {
            return "This user may not make the socket \(path): give it the directory, or another --listen PATH."
        }
        if error.isReadOnly { return "\(path) is on a read-only file system: give another --listen PATH." }
        return "The socket \(path) can't be opened (\(error)): give another --listen PATH."
    }
}

/// Why there is nothing to listen on, as one sentence for the administrator.
package struct ListenerError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
