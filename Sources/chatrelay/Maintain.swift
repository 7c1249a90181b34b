// chatrelay reload, export, backup: settings and data.

import ArgumentParser
import Daemon
import Operations

struct Reload: Asking {
    static let configuration = CommandConfiguration(abstract: "Have the daemon read its settings again.")
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.reload)) }
}

/// For the unit's ExecStop=, not for people.
struct Ending: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have the daemon say goodbye, if its unit is being stopped and not restarted.", shouldDisplay: false)
    @Argument(help: "The daemon's process.") var process: Int32

    func run() throws {
        let status = Service.end(process)
        if status != 0 { throw ExitCode(status) }
    }
}

struct Export: Asking {
    static let configuration = CommandConfiguration(
        abstract: "Print a room's messages, a JSON object a line.",
        discussion: "Reads the ledger's file beside the daemon, which goes on meanwhile.")
    @Argument(help: "The room's name.") var room: String
    @Option(help: ArgumentHelp("This ledger, not that of the running daemon.", valueName: "file"), completion: .file())
    var ledger: String?
    @OptionGroup var control: ControlOptions

    func run() throws {
        let path = try ledger ?? ask(.export, room).sentence
        do throws(ControlError) { try ControlClient.export(path, room: room) } catch { throw fail(error) }
    }
}

struct Backup: Asking {
    static let configuration = CommandConfiguration(
        abstract: "Copy the ledger into a file, while the daemon goes on.",
        discussion: "The copy is a ledger itself: stop the daemon, put it in the ledger's place, start it again.")
    @Argument(help: "The file to make.", completion: .file()) var file: String
    @Flag(help: "Replace the file if it is there.") var force = false
    @Option(help: ArgumentHelp("This ledger, not that of the running daemon.", valueName: "file"), completion: .file())
    var ledger: String?
    @OptionGroup var control: ControlOptions

    func run() throws {
        let path = try ledger ?? ask(.backup, file).sentence
        do throws(ControlError) { try ControlClient.backup(path, to: file, replaces: force) } catch {
            throw fail(error)
        }
        print("The ledger \(path) is copied to \(file).")
    }
}
