// The system's users. passwd(5), user_namespaces(7)

internal import CLinux
internal import Glibc

package enum UserDatabase {
    /// - Parameter text: a user's name or number.
    /// - Returns: the user id; nil where there is no such user.
    package static func number(of text: String) -> UInt32? {
        // The highest number is no user: it means “no change” (chown(2)).
        if let number = UInt32(text) { return number == .max ? nil : number }
        guard let entry = unsafe getpwnam(text) else { return nil }
        return unsafe entry.pointee.pw_uid
    }

    /// Whether the user id is mapped in this process's user namespace. In a namespace of its own (PrivateUsers= of a
    /// service, a container) all users that are not mapped have the same id.
    package static func isMapped(_ user: UInt32) -> Bool { clinux_is_mapped(user) != 0 }
}
