// The command line's end of the control socket.

internal import FoundationEssentials
internal import Linux
internal import Monitoring

/// Why a command failed: a sentence that says what to do, and the exit status (sysexits(3)).
package struct ControlError: Error, Equatable {
    package let sentence: String
    package let status: Int32

    static func refused(_ sentence: String) -> ControlError { ControlError(sentence: sentence, status: 1) }
    static func unavailable(_ sentence: String) -> ControlError { ControlError(sentence: sentence, status: 69) }
    static func forbidden(_ sentence: String) -> ControlError { ControlError(sentence: sentence, status: 77) }
}

package enum ControlClient {
    package static let defaultPath = "/run/chatrelay/control.sock"
    /// Seconds to wait for an answer: more than a ledger on a slow disk needs.
    private static let timeoutSeconds: Int32 = 30

    /// The user who runs this command, for the journal; also under sudo(8).
    package static var caller: String {
        ["SUDO_USER", "LOGNAME", "USER"].lazy.compactMap(Process.environment).first { !$0.isEmpty }
            ?? (Process.isRoot ? "root" : "somebody")
    }

    /// The main process of the unit for which the service manager runs this command. systemd.exec(5), $MAINPID
    package static var unitProcess: Int32? { Process.environment("MAINPID").flatMap { Int32($0) } }

    /// Sends a request to the daemon and waits for the answer.
    /// - Parameter path: the control socket.
    /// - Throws: also where the daemon refuses the request.
    package static func ask(_ request: ControlRequest, at path: String) throws(ControlError) -> ControlAnswer {
        let bytes: [UInt8]
        do {
            let line = try JSONEncoder().encode(request)
            bytes = try UnixSocket.exchange(
                path: path, request: Array(line) + [UInt8(ascii: "\n")], seconds: timeoutSeconds)
        } catch let error as SystemError {
            throw failure(error, path)
        } catch {
            throw .refused("The request can't be written: \(error).")
        }
        guard let answer = try? JSONDecoder().decode(ControlAnswer.self, from: Data(bytes)) else {
            throw .unavailable(
                bytes.isEmpty
                    ? "The daemon closed the connection without an answer: see “journalctl -u chatrelay”."
                    : "The daemon's answer could not be read: the daemon is of another version than this command (\(Version.current)); restart the daemon."
            )
        }
        guard answer.isDone else { throw .refused(answer.sentence) }
        return answer
    }

    private static func failure(_ error: SystemError, _ path: String) -> ControlError {
        if error.isNoSuchFile {
            return .unavailable(
                "There is no control socket at \(path): start it with “systemctl restart chatrelay”, which keeps the connections, or name the daemon's with --socket PATH."
            )
        }
        if error.isRefused {
            return .unavailable("No process listens at \(path): start the daemon with “systemctl start chatrelay”.")
        }
        if error.isPermission {
            return .forbidden("This user may not command the daemon: run it as root, with sudo.")
        }
        if error.isTimeout {
            return .unavailable(
                "The daemon did not answer within \(timeoutSeconds) s: see “systemctl status chatrelay”.")
        }
        return .unavailable("The daemon can't be asked (\(error)): see “systemctl status chatrelay”.")
    }
}
