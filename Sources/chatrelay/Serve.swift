// chatrelay serve: the daemon.

import ArgumentParser
import Daemon

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve WebSocket connections on a Unix socket.",
        discussion: """
            The socket comes from systemd (chatrelay.socket), or is bound at --listen. Each option can also be set by an \
            environment variable or a line of the --config file: --max-connections by CHATRELAY_MAX_CONNECTIONS, and so on. \
            The option wins, then the file.

            No restart costs a connection: under systemd the next process goes on with all of them; elsewhere kill -USR2 has \
            this process become the newer program in its file. Ctrl-C says goodbye to all and ends.
            """)

    @Flag(help: "Check the configuration, say what it is, and exit.")
    var check = false

    // A value that begins with - is no other option.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Read settings from this file of CHATRELAY_NAME=value lines; with a - before the path it may be missing.",
            valueName: "path"),
        completion: .file())
    var config: String?
    @Option(help: ArgumentHelp("Bind this Unix socket (without systemd).", valueName: "path"), completion: .file())
    var listen: String?
    @Option(
        help: ArgumentHelp(
            "Bind this Unix socket for administrators' commands (without systemd).", valueName: "path"),
        completion: .file())
    var control: String?
    @Option(
        help: ArgumentHelp("Keep messages in this file. (default: not kept)", valueName: "path"), completion: .file())
    var ledger: String?
    @Option(
        help: ArgumentHelp(
            "What a kept message survives: a crash of the daemon, or also of the machine. (default: process)",
            valueName: "process|power"))
    var durability: String?
    @Option(help: ArgumentHelp("Delete messages that are older; 0: never. (default: 0)", valueName: "days"))
    var keepDays: String?
    @Option(help: ArgumentHelp("Keep only so many messages; 0: all. (default: 0)", valueName: "number"))
    var keepMessages: String?
    @Option(help: ArgumentHelp("Keep the ledger below this size; 0: no limit. (default: 0)", valueName: "megabytes"))
    var keepMegabytes: String?
    @Option(
        help: ArgumentHelp(
            "What makes a name one's own: a secret token, or the proxy's word in X-Remote-User. (default: token)",
            valueName: "token|proxy"))
    var identity: String?
    @Option(
        help: ArgumentHelp("How long the name of somebody who is away stays reserved. (default: 30)", valueName: "days")
    )
    var nameDays: String?
    @Option(
        help: ArgumentHelp(
            "Time to come back after a break before the others are told. (default: 10)", valueName: "seconds"))
    var grace: String?
    @Option(
        help: ArgumentHelp(
            "End after such a time without connections; the next one starts it again (with systemd); 0: never. (default: 0)",
            valueName: "seconds"))
    var exitIdleAfter: String?
    @Option(
        help: ArgumentHelp(
            "Connections at the same time. (default: as many as open files are allowed)", valueName: "number"))
    var maxConnections: String?
    @Option(
        help: ArgumentHelp(
            "Connections from one client address, as X-Real-IP has it; 0: no limit. (default: half of all)",
            valueName: "number"))
    var addressConnections: String?
    @Option(help: ArgumentHelp("Connections of one user; 0: no limit. (default: 100)", valueName: "number"))
    var userConnections: String?
    @Option(
        help: ArgumentHelp(
            "The only user, besides root, that may connect to the socket. (default: whoever can open it)",
            valueName: "user"))
    var proxyUser: String?
    @Option(help: ArgumentHelp("Time for the upgrade request. (default: 10)", valueName: "seconds"))
    var handshakeTimeout: String?
    @Option(
        help: ArgumentHelp("Time between pings; below nginx's proxy_read_timeout. (default: 25)", valueName: "seconds"))
    var pingInterval: String?
    @Option(help: ArgumentHelp("Silence after which a client counts as gone. (default: 75)", valueName: "seconds"))
    var idleTimeout: String?
    @Option(help: ArgumentHelp("What may wait for a slow reader. (default: 262144)", valueName: "bytes"))
    var outboxBytes: String?
    @Option(
        help: ArgumentHelp("The rooms that always exist, the default one first. (default: lobby)", valueName: "names"))
    var rooms: String?
    @Option(help: ArgumentHelp("Whether people may make rooms. (default: on)", valueName: "on|off"))
    var roomCreation: String?
    @Option(help: ArgumentHelp("The longest text of a message, in UTF-8. (default: 8192)", valueName: "bytes"))
    var textBytes: String?
    @Option(help: ArgumentHelp("Commands a second from one client; 0: no limit. (default: 10)", valueName: "number"))
    var rate: String?
    @Option(help: ArgumentHelp("Commands at once from one client. (default: 50)", valueName: "number"))
    var burst: String?
    @Option(help: ArgumentHelp("Whether to compress for clients that offer it. (default: off)", valueName: "on|off"))
    var compression: String?
    @Option(help: ArgumentHelp("Further origins whose pages may connect, with commas, or *.", valueName: "origins"))
    var allowOrigin: String?

    private var given: [String: String] {
        let all: [(String, String?)] = [
            ("listen", listen), ("control", control), ("exit-idle-after", exitIdleAfter), ("ledger", ledger),
            ("durability", durability), ("keep-days", keepDays),
            ("keep-messages", keepMessages), ("keep-megabytes", keepMegabytes), ("identity", identity),
            ("name-days", nameDays), ("grace", grace),
            ("max-connections", maxConnections), ("address-connections", addressConnections),
            ("user-connections", userConnections), ("proxy-user", proxyUser), ("handshake-timeout", handshakeTimeout),
            ("ping-interval", pingInterval), ("idle-timeout", idleTimeout), ("outbox-bytes", outboxBytes),
            ("rooms", rooms), ("room-creation", roomCreation), ("text-bytes", textBytes), ("rate", rate),
            ("burst", burst), ("compression", compression), ("allow-origin", allowOrigin),
        ]
        return Dictionary(uniqueKeysWithValues: all.compactMap { name, value in value.map { (name, $0) } })
    }

    func run() throws {
        let status = check ? Service.check(options: given, file: config) : Service.run(options: given, file: config)
        if status != 0 { throw ExitCode(status) }
    }
}
