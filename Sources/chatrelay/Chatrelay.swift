// The command line: syntax and help texts only. Daemon and Operations carry out the commands.

import ArgumentParser
import Daemon
import Monitoring

@main
struct Chatrelay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatrelay",
        abstract: "A chat relay daemon behind nginx.",
        version: Version.current,
        subcommands: [
            Serve.self, Status.self, Users.self, Rooms.self, Bans.self, Kick.self, Ban.self, Unban.self, Mute.self,
            Unmute.self, Announce.self, Delete.self, Bot.self, Post.self, Tail.self, Export.self, Backup.self,
            Restore.self, Reload.self,
            Ending.self,
        ])

    static func main() {
        Service.prepare()
        main(nil)
    }
}
