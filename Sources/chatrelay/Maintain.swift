// chatrelay reload, export, backup, restore.

import ArgumentParser
import Daemon
import Operations

struct Reload: Asking {
    static let configuration = CommandConfiguration(abstract: "Apply the changed settings.")
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.reload)) }
}

/// For ExecStop= of the unit, not for administrators.
struct Ending: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Close all connections if the unit is being stopped, not restarted.", shouldDisplay: false)
    @Argument(help: "The process ID of the daemon.") var process: Int32

    func run() throws {
        let status = Service.end(process)
        if status != 0 { throw ExitCode(status) }
    }
}

struct Export: Asking {
    static let configuration = CommandConfiguration(
        abstract: "Print a room's messages, one JSON object per line.",
        discussion: "Reads the ledger while the daemon runs.")
    @Argument(help: "The room's name.") var room: String
    @Option(
        help: ArgumentHelp("Read this ledger, not that of the running daemon.", valueName: "file"), completion: .file())
    var ledger: String?
    @OptionGroup var control: ControlOptions

    func run() throws {
        let path = try ledger ?? ask(.export, room).sentence
        do throws(ControlError) { try ControlClient.export(path, room: room) } catch { throw fail(error) }
    }
}

struct Backup: Asking {
    static let configuration = CommandConfiguration(
        abstract: "Copy the ledger to a file while the daemon runs.",
        discussion: "“chatrelay restore” puts it back.")
    @Argument(help: "The file to create.", completion: .file()) var file: String
    @Flag(help: "Replace the file if it exists.") var force = false
    @Option(
        help: ArgumentHelp("Read this ledger, not that of the running daemon.", valueName: "file"), completion: .file())
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

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replace the ledger with a backup.",
        discussion: """
            Stops the service and its sockets, if they run, and starts them again. The ledger before is kept beside the new one. \
            Clients load their messages again.
            """)
    @Argument(help: "The backup.", completion: .file()) var file: String
    @Option(
        help: ArgumentHelp("Replace this ledger, which no daemon may use, not that of the service.", valueName: "file"),
        completion: .file())
    var ledger: String?
    @Option(help: ArgumentHelp("Restore this further instance, chatrelay@NAME, not the first one.", valueName: "name"))
    var instance: String?

    func validate() throws {
        guard ledger == nil || instance == nil else {
            throw ValidationError(
                "--ledger names a ledger that no daemon uses: without it --instance restores its own.")
        }
    }

    func run() throws {
        do throws(ControlError) {
            let restore =
                if let ledger {
                    RestoreOperation(file, toUnused: ledger)
                } else {
                    try RestoreOperation(file, toThatOf: InstalledService(instance: instance))
                }
            print(try restore.run())
        } catch {
            throw fail(error)
        }
    }
}
