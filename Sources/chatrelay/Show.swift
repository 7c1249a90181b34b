// chatrelay status, users, rooms, bans: the state of the daemon.

import ArgumentParser
import Operations

struct Status: Asking {
    static let configuration = CommandConfiguration(abstract: "Show the state of the daemon.")
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var control: ControlOptions

    func run() throws {
        guard let status = try ask(.status).status else { return }
        print(json ? ControlClient.json(status) : status.text)
        if status.problem != nil { throw ExitCode(1) }
    }
}

struct Users: Asking {
    static let configuration = CommandConfiguration(abstract: "List the connected users.")
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var control: ControlOptions

    func run() throws {
        let users = try ask(.users).users ?? []
        guard !json else { return print(ControlClient.json(users)) }
        let lines = users.map { user in
            [
                user.name + (user.isMuted ? " (muted)" : ""), "\(user.sessions)", user.rooms.joined(separator: " "),
                user.addresses.joined(separator: " "),
            ]
        }
        print(table([["NAME", "SESSIONS", "ROOMS", "ADDRESSES"]] + lines))
    }
}

struct Rooms: Asking {
    static let configuration = CommandConfiguration(abstract: "List the rooms.")
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var control: ControlOptions

    func run() throws {
        let rooms = try ask(.rooms).rooms ?? []
        guard !json else { return print(ControlClient.json(rooms)) }
        let lines = rooms.map { [$0.name, "\($0.users)", $0.isConfigured ? "configured" : "while it has members"] }
        print(table([["NAME", "USERS", "EXISTS"]] + lines))
    }
}

struct Bans: Asking {
    static let configuration = CommandConfiguration(abstract: "List the bans and mutes.")
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var control: ControlOptions

    func run() throws {
        let bans = try ask(.bans).bans ?? []
        guard !json else { return print(ControlClient.json(bans)) }
        let lines = bans.map { [$0.kind, $0.subject, $0.until ?? "for ever", $0.reason ?? ""] }
        print(table([["WHAT", "WHOM", "UNTIL", "REASON"]] + lines))
    }
}
