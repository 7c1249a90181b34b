// The options of the measured server: its address, its protocol, and the processes whose CPU time counts.

import ArgumentParser
import Linux

struct TargetOptions: ParsableArguments {
    @Option(help: "The server's Unix socket.", completion: .file()) var socket: String?
    @Option(help: ArgumentHelp("The server's port on 127.0.0.1, instead of a Unix socket.", valueName: "port")) var tcp:
        UInt16?
    @Option(help: "The path of the upgrade request; by default the protocol's.") var path: String?
    @Option(
        help: """
            chat, raw (for a server that sends each frame to all clients; frames have the size of chat's events), or \
            socketio (for a server that emits each "chat message" to all clients, as in Socket.IO's tutorial).
            """)
    var `protocol` = WireProtocol.chat
    @Option(help: "The server's process, where another one (systemd, nginx) has made the socket.") var serverPid: Int32?
    @Option(help: "A process of the proxy in front of the server; may be repeated.") var proxyPid: [Int32] = []

    func validate() throws {
        guard (socket == nil) != (tcp == nil) else { throw ValidationError("Give either --socket or --tcp.") }
        guard tcp == nil || serverPid != nil else {
            throw ValidationError("With --tcp, give the server's process too: --server-pid.")
        }
    }

    func connect() throws -> FileDescriptor {
        if let tcp { return try TCPSocket.connectHere(port: tcp) }
        return try UnixSocket.connect(path: socket ?? "")
    }

    /// The upgrade request (RFC 6455 §4.1). All clients may send the same key, because no cache is in between.
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
