// The listening sockets: passed by the service manager, or bound by this process.

package import Handover
package import Linux
internal import Systemd

/// A listening Unix socket.
package final class Listener {
    package let socket: FileDescriptor
    /// For sentences: the socket unit's name for it, or the path.
    package let name: String
    /// Whether it is the control socket.
    let isControl: Bool
    /// Whether this process has bound it, and removes its file at the end.
    package let isOurs: Bool
    var source: EventLoop.EventSource?

    private init(_ socket: consuming FileDescriptor, name: String, isControl: Bool, isOurs: Bool) {
        self.socket = socket
        self.name = name
        self.isControl = isControl
        self.isOurs = isOurs
    }

    /// The names in FileDescriptorName= of the socket units.
    package static let webSocketName = "websocket"
    package static let controlName = "control"
    /// Prefix of the name of a socket that a process has bound itself and hands over to its successor.
    private static let ownPrefix = "own-"

    /// Its name where this process hands it over to its successor.
    package var handedName: String {
        (isOurs ? Listener.ownPrefix : "") + (isControl ? Listener.controlName : Listener.webSocketName)
    }

    /// All listeners: those handed over, checked before anything else is opened; what is not among them is bound where there
    /// is a path for it.
    /// - Parameter storedDescriptors: gets what is handed over besides.
    /// - Throws: `ListenerError`, a sentence that says what to do.
    package static func open(
        _ path: String?, control: String?, _ storedDescriptors: inout StoredDescriptors
    ) throws(ListenerError) -> [Listener] {
        var listeners = try handedOver(&storedDescriptors)
        if !listeners.contains(where: { !$0.isControl }) {
            guard let path else {
                throw ListenerError(
                    "There is no socket to listen on: start it with “systemctl start chatrelay.socket”, or give --listen PATH."
                )
            }
            listeners.append(try bind(path, option: "--listen"))
        }
        if let control, !listeners.contains(where: \.isControl) {
            listeners.append(try bind(control, option: "--control", isControl: true))
        }
        return listeners
    }

    private static func handedOver(_ storedDescriptors: inout StoredDescriptors) throws(ListenerError) -> [Listener] {
        var listeners: [Listener] = []
        do {
            try ServiceManager.takeDescriptors { handed in
                if StoredDescriptor.isName(handed.name) {
                    let name = handed.name
                    return storedDescriptors.add(StoredDescriptor(handed.take(), name: name))
                }
                let listener = take(handed)
                let name = listener.name
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
        let known = [webSocketName, controlName]
        if listeners.count > 1, let stranger = listeners.first(where: { !$0.isOurs && !known.contains($0.name) }) {
            throw ListenerError(
                "The service manager handed over a socket named “\(stranger.name)”; known are “\(webSocketName)” and “\(controlName)” (FileDescriptorName= of the socket unit)."
            )
        }
        return listeners
    }

    private static func take(_ handed: consuming ServiceManager.PassedDescriptor) -> Listener {
        let isOurs = handed.name.hasPrefix(ownPrefix)
        let name = String(handed.name.dropFirst(isOurs ? ownPrefix.count : 0))
        let socket = handed.take()
        // Where it is ours its name is its path.
        let path = isOurs ? UnixSocket.path(of: socket) : nil
        return Listener(socket, name: path ?? name, isControl: name == controlName, isOurs: isOurs)
    }

    private static func bind(
        _ path: String, option: String, isControl: Bool = false
    ) throws(ListenerError) -> Listener {
        do {
            let socket = try UnixSocket.listen(path: path, backlog: TransportLimits.backlog, isPrivate: isControl)
            return Listener(socket, name: path, isControl: isControl, isOurs: true)
        } catch {
            throw ListenerError(sentence(for: error, path: path, option: option))
        }
    }

    private static func sentence(for error: SystemError, path: String, option: String) -> String {
        if error.isAddressInUse {
            return "Another program listens on \(path): stop it, or give another \(option) PATH."
        }
        if error.isNoSuchFile {
            return "The directory of \(path) does not exist: make it, or give another \(option) PATH."
        }
        if error.isPermission {
            return "This user may not make the socket \(path): give it the directory, or another \(option) PATH."
        }
        if error.isReadOnly { return "\(path) is on a read-only file system: give another \(option) PATH." }
        return "The socket \(path) can't be opened (\(error)): give another \(option) PATH."
    }
}

/// Why there is nothing to listen on, as one sentence for the administrator.
package struct ListenerError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
