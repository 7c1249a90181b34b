// The server that is measured: where it is, what it speaks, and the processes whose time counts.

import ArgumentParser
import Linux

struct Target: ParsableArguments {
    @Option(help: "The server's Unix socket.", completion: .file()) var socket: String?
    @Option(help: ArgumentHelp("Its port on 127.0.0.1, in place of a Unix socket.", valueName: "port")) var tcp: UInt16?
    @Option(help: "The path of the upgrade request; by default the protocol's.") var path: String?
    @Option(
        help: """
            chat, raw (for a server that sends the frames it gets to everyone; they have the size of chat's events), or \
            socketio (which emits what it gets, as "message").
            """)
    var `protocol` = WireProtocol.chat
    @Option(help: "The server's process, where the socket was made by another (systemd, nginx).") var serverPid: Int32?
    @Option(help: "A process of the proxy in between; may be repeated.") var proxyPid: [Int32] = []

    func validate() throws {
        guard (socket == nil) != (tcp == nil) else { throw ValidationError("Give either --socket or --tcp.") }
        guard tcp == nil || serverPid != nil else {
            throw ValidationError("With --tcp the server's process has to be named: --server-pid.")
        }
    }

    func connect() throws -> FileDescriptor {
        if let tcp { return try TCPSocket.connectHere(port: tcp) }
        return try UnixSocket.connect(path: socket ?? "")
    }

    /// The upgrade request (RFC 6455 §4.1). The key may be the same for all: no cache is in between.
    var upgrade: [UInt8] {
        let subprotocol = `protocol` == .chat ? ["Sec-WebSocket-Protocol: chatrelay.v1"] : []
        let lines =
            [
                "GET \(path ?? `protocol`.path) HTTP/1.1", "Host: bench", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            ] + subprotocol + ["", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    func server() throws -> ServerProcess {
        if let serverPid { return try ServerProcess(serverPid) }
        return try ServerProcess(behind: socket ?? "")
    }

    func proxies() throws -> [ServerProcess] { try proxyPid.map(ServerProcess.init) }
}

extension WireProtocol: ExpressibleByArgument {}
