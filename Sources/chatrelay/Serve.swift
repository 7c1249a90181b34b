// chatrelay serve: the daemon.

import ArgumentParser
import Daemon

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve WebSocket connections on a Unix socket.",
        discussion: """
            systemd passes the socket (chatrelay.socket), or --listen binds it. Each option can also be set by a line of the \
            --config file or an environment variable: --max-connections by CHATRELAY_MAX_CONNECTIONS, and so on. The option \
            takes precedence over the file, and the file over the variable.

            A restart keeps the connections: systemd passes them to the next process. Without systemd, kill -USR2 executes \
            the program that is now in the daemon's file. Ctrl-C closes all connections and exits.
            """)

    @Flag(help: "Check the settings, print errors and what else needs a look, and exit.")
    var check = false

    // A value that begins with - is a path, not another option.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Read settings from this file of CHATRELAY_NAME=value lines; in the form -PATH it may be missing.",
            valueName: "path"),
        completion: .file())
    var config: String?
    @Option(help: ArgumentHelp("Bind this Unix socket (without systemd).", valueName: "path"), completion: .file())
    var listen: String?
    @Option(
        help: ArgumentHelp(
            "Bind this control socket (without systemd).", valueName: "path"),
        completion: .file())
    var control: String?
    @Option(
        help: ArgumentHelp("Keep messages in this file. (default: in memory)", valueName: "path"), completion: .file())
    var ledger: String?
    @Option(
        help: ArgumentHelp(
            "What a stored message survives: a crash of the daemon, or also of the machine. (default: process)",
            valueName: "process|power"))
    var durability: String?
    @Option(help: ArgumentHelp("Delete older messages; 0: never. (default: 0)", valueName: "days"))
    var keepDays: String?
    @Option(
        help: ArgumentHelp("Keep the newest messages, up to this number; 0: all. (default: 0)", valueName: "number"))
    var keepMessages: String?
    @Option(help: ArgumentHelp("Keep the ledger below this size; 0: no limit. (default: 0)", valueName: "megabytes"))
    var keepMegabytes: String?
    @Option(
        help: ArgumentHelp(
            "What identifies a user: a secret token, the proxy's header X-Remote-User, or a token that your site signs. (default: token)",
            valueName: "token|proxy|signed"))
    var identity: String?
    @Option(
        help: ArgumentHelp(
            "Accept signed tokens (JWT) of a site with logins of its own; the public key or the secret is in this file.",
            valueName: "path"),
        completion: .file())
    var tokenKey: String?
    @Option(
        help: ArgumentHelp("How long a name stays reserved for a user who is away. (default: 30)", valueName: "days")
    )
    var nameDays: String?
    @Option(
        help: ArgumentHelp(
            "Grace period of a user whose connection ended. (default: 10)", valueName: "seconds"))
    var grace: String?
    @Option(
        help: ArgumentHelp(
            "How long users can edit and delete their own messages; 0: never. (default: 1440)", valueName: "minutes"))
    var editMinutes: String?
    @Option(
        help: ArgumentHelp(
            "Whether @here in a message addresses everybody in the room. (default: on)", valueName: "on|off"))
    var hereMentions: String?
    @Option(
        help: ArgumentHelp(
            "Whether users can set the title and the topic of their rooms. (default: on)", valueName: "on|off"))
    var roomTopics: String?
    @Option(
        help: ArgumentHelp(
            "Whether users learn when those who wrote to them were last connected. (default: on)", valueName: "on|off"))
    var lastSeen: String?
    @Option(
        help: ArgumentHelp(
            "Exit after this time without connections; systemd can start it again; 0: never. (default: 0)",
            valueName: "seconds"))
    var exitIdleAfter: String?
    @Option(
        help: ArgumentHelp(
            "Largest number of connections. (default: from the limit of open files)", valueName: "number"))
    var maxConnections: String?
    @Option(
        help: ArgumentHelp(
            "Connections from one client address (X-Real-IP); 0: no limit. (default: half of all)",
            valueName: "number"))
    var addressConnections: String?
    @Option(help: ArgumentHelp("Connections of one user; 0: no limit. (default: 100)", valueName: "number"))
    var userConnections: String?
    @Option(
        help: ArgumentHelp(
            "The only user, besides root, that may connect to the socket. (default: all that can open it)",
            valueName: "user"))
    var proxyUser: String?
    @Option(help: ArgumentHelp("Time limit of the upgrade request. (default: 10)", valueName: "seconds"))
    var handshakeTimeout: String?
    @Option(
        help: ArgumentHelp("Time between pings; below nginx's proxy_read_timeout. (default: 25)", valueName: "seconds"))
    var pingInterval: String?
    @Option(help: ArgumentHelp("Time after which a silent client is disconnected. (default: 75)", valueName: "seconds"))
    var idleTimeout: String?
    @Option(help: ArgumentHelp("Bytes that may wait for a slow reader. (default: 262144)", valueName: "bytes"))
    var outboxBytes: String?
    @Option(
        help: ArgumentHelp("The rooms that always exist, the default one first. (default: lobby)", valueName: "names"))
    var rooms: String?
    @Option(help: ArgumentHelp("Whether users may create rooms. (default: on)", valueName: "on|off"))
    var roomCreation: String?
    @Option(help: ArgumentHelp("The longest text of a message, in bytes of UTF-8. (default: 8192)", valueName: "bytes"))
    var textBytes: String?
    @Option(help: ArgumentHelp("Commands per second from one client; 0: no limit. (default: 10)", valueName: "number"))
    var rate: String?
    @Option(help: ArgumentHelp("Commands at once from one client. (default: 50)", valueName: "number"))
    var burst: String?
    @Option(help: ArgumentHelp("Whether to compress for clients that offer it. (default: off)", valueName: "on|off"))
    var compression: String?
    @Option(
        help: ArgumentHelp(
            "The hosts of this site, as browsers name them, separated by commas; only their pages may connect. (default: any)",
            valueName: "hosts"))
    var hosts: String?
    @Option(
        help: ArgumentHelp(
            "Origins of other sites whose pages may connect, separated by commas, or *.", valueName: "origins"))
    var allowOrigin: String?

    /// The settings that are given as options, by the names of the table (Setting.all): the property maxConnections is the setting
    /// max-connections.
    private var given: [String: String] {
        var given: [String: String] = [:]
        for (label, value) in Mirror(reflecting: self).children {
            // A property wrapper's storage is named after its property, with an underscore.
            guard let label, label != "_config", let text = (value as? Option<String?>)?.wrappedValue else { continue }
            let name = label.dropFirst().map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
            given[name] = text
        }
        return given
    }

    func run() throws {
        let status = check ? Service.check(options: given, file: config) : Service.run(options: given, file: config)
        if status != 0 { throw ExitCode(status) }
    }
}
