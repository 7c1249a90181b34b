// Unix stream sockets: listen, accept, connect, and checks of a socket that another process made. unix(7).

internal import CLinux
internal import Glibc

package enum AcceptResult: ~Copyable {
    case connection(FileDescriptor)
    /// No connection waits.
    case none
    case failed(SystemError)
}

package enum UnixSocket {
    /// Binds and listens. Replaces a socket file without a listener (connect(2) is refused), but not one in use.
    /// - Parameters:
    ///   - path: at most 107 bytes.
    ///   - backlog: the most connections that may wait (listen(2)).
    ///   - isPrivate: whether only this user and root may connect.
    /// - Returns: a non-blocking socket.
    /// - Throws: `isAddressInUse` where another process listens there; else where the path can't be bound.
    package static func listen(
        path: String, backlog: Int32, isPrivate: Bool = false
    ) throws(SystemError) -> FileDescriptor {
        let socket = try make(nonblocking: true)
        let mask = umask(0o177)
        if !isPrivate { _ = umask(mask) }
        defer { _ = umask(mask) }
        if unsafe clinux_unix_bind(socket.number, path) < 0 {
            let refused = SystemError.last("bind \(path)")
            guard refused.isAddressInUse, isStale(path) else { throw refused }
            guard unsafe unlink(path) == 0 else { throw .last("remove the stale socket \(path)") }
            guard unsafe clinux_unix_bind(socket.number, path) == 0 else { throw .last("bind \(path)") }
        }
        guard Glibc.listen(socket.number, backlog) == 0 else { throw .last("listen on \(path)") }
        return socket
    }

    /// Connects, and waits while the listener's backlog is full.
    /// - Returns: a non-blocking socket.
    /// - Throws: `isRefused` or `isNoSuchFile` where there is no listener; else where connect(2) fails.
    package static func connect(path: String) throws(SystemError) -> FileDescriptor {
        let socket = try make(nonblocking: false)
        let result = retryingOnInterrupt { Int(unsafe clinux_unix_connect(socket.number, path)) }
        guard result == 0 else { throw .last("connect to \(path)") }
        guard clinux_set_nonblocking(socket.number) == 0 else { throw .last("fcntl") }
        return socket
    }

    /// Accepts the next waiting connection, non-blocking and closed on exec.
    package static func accept(_ listener: borrowing FileDescriptor) -> AcceptResult {
        let result = retryingOnInterrupt { Int(clinux_accept(listener.number)) }
        if result >= 0 { return .connection(FileDescriptor(owning: Int32(result))) }
        let code = errno
        // ECONNABORTED: the peer closed the connection while it waited.
        if code == EAGAIN || code == ECONNABORTED { return .none }
        return .failed(SystemError(code: code, attempt: "accept"))
    }

    /// Checks a socket that another process passed as a listener, and makes it non-blocking.
    /// - Returns: why it can't be used, as a clause; nil for a listening Unix stream socket.
    package static func fault(ofListener listener: borrowing FileDescriptor) -> String? {
        switch clinux_socket_option(listener.number, SO_DOMAIN) {
        case AF_UNIX: break
        case -1: return "it is not a socket"
        default: return "it is not a Unix socket (AF_UNIX)"
        }
        guard clinux_socket_option(listener.number, SO_TYPE) == Int32(SOCK_STREAM.rawValue) else {
            return "it is not a stream socket (SOCK_STREAM)"
        }
        guard clinux_socket_option(listener.number, SO_ACCEPTCONN) == 1 else { return "it does not listen" }
        return clinux_set_nonblocking(listener.number) == 0 ? nil : "it can't be made non-blocking"
    }

    /// The path of a listener; nil where it has none.
    package static func path(of listener: borrowing FileDescriptor) -> String? {
        var path = [CChar](repeating: 0, count: 109)
        guard unsafe clinux_unix_path(listener.number, &path, path.count) > 0 else { return nil }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Ends a connection, also for processes with a copy of its descriptor. shutdown(2)
    package static func hangUp(_ socket: borrowing FileDescriptor) { _ = shutdown(socket.number, Int32(SHUT_RDWR)) }

    /// The process id of the peer when it connected or listened; nil where the kernel does not know (SO_PEERCRED, unix(7)).
    package static func peerProcess(of socket: borrowing FileDescriptor) -> Int32? {
        let process = clinux_peer_pid(socket.number)
        return process > 0 ? process : nil
    }

    /// The user id of the peer when it connected or listened; nil where the kernel does not know (SO_PEERCRED, unix(7)).
    package static func peerUser(of socket: borrowing FileDescriptor) -> UInt32? {
        UInt32(exactly: clinux_peer_user(socket.number))
    }

    /// Connects, sends a request, and reads until the peer closes the connection.
    /// - Parameter seconds: the longest wait for each read or write.
    /// - Throws: `isRefused` or `isNoSuchFile` where there is no listener; `isTimeout` where a wait was too long.
    package static func exchange(path: String, request: [UInt8], seconds: Int32) throws(SystemError) -> [UInt8] {
        let socket = try make(nonblocking: false)
        let connected = retryingOnInterrupt { Int(unsafe clinux_unix_connect(socket.number, path)) }
        guard connected == 0 else { throw .last("connect to \(path)") }
        guard clinux_set_timeout(socket.number, seconds) == 0 else { throw .last("setsockopt") }
        var sent = 0
        while sent < request.count {
            let rest = request[sent...]
            let count = retryingOnInterrupt {
                unsafe rest.withUnsafeBytes { unsafe send(socket.number, $0.baseAddress, $0.count, noSignal) }
            }
            guard count > 0 else { throw .last("write to \(path)") }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = retryingOnInterrupt {
                unsafe buffer.withUnsafeMutableBytes { unsafe read(socket.number, $0.baseAddress, $0.count) }
            }
            guard count >= 0 else { throw .last("read from \(path)") }
            if count == 0 { return answer }
            answer += buffer[..<count]
        }
    }

    private static func make(nonblocking: Bool) throws(SystemError) -> FileDescriptor {
        let number = clinux_unix_socket(nonblocking ? 1 : 0)
        guard number >= 0 else { throw .last("socket") }
        return FileDescriptor(owning: number)
    }

    private static func isStale(_ path: String) -> Bool {
        guard let probe = try? make(nonblocking: true) else { return false }
        return unsafe clinux_unix_connect(probe.number, path) < 0 && errno == ECONNREFUSED
    }
}
