// The system's users. passwd(5), nsswitch.conf(5), user_namespaces(7)

internal import CLinux
internal import Glibc

package enum UserDatabase {
    /// May wait for a directory service, as the machine's nsswitch.conf has it.
    /// - Parameter text: a user's name or number.
    /// - Returns: the user id; nil where there is no such user.
    package static func number(of text: String) -> UInt32? {
        if let number = UInt32(text) { return valid(number) }
        guard let entry = unsafe getpwnam(text) else { return nil }
        return unsafe entry.pointee.pw_uid
    }

    /// Reads a file of this machine only, so it does not wait.
    /// - Parameters:
    ///   - text: a user's name or number.
    ///   - file: of the form of /etc/passwd.
    /// - Returns: the user id; nil where the file has no such user.
    package static func localNumber(of text: String, in file: String = "/etc/passwd") -> UInt32? {
        if let number = UInt32(text) { return valid(number) }
        guard let users = unsafe fopen(file, "re") else { return nil }
        defer { unsafe fclose(users) }
        while let entry = unsafe fgetpwent(users) {
            if unsafe String(cString: entry.pointee.pw_name) == text { return unsafe entry.pointee.pw_uid }
        }
        return nil
    }

    /// The highest number is no user: it means “no change” (chown(2)).
    private static func valid(_ number: UInt32) -> UInt32? { number == .max ? nil : number }

    /// Whether the user id is mapped in this process's user namespace. In a namespace of its own (PrivateUsers= of a
    /// service, a container) all users that are not mapped have the same id.
    package static func isMapped(_ user: UInt32) -> Bool { clinux_is_mapped(user) != 0 }
}
