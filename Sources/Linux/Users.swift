// Users of this machine. passwd(5), user_namespaces(7)

internal import CLinux
internal import Glibc

package enum Users {
    /// - Parameter text: a user's name, or its number.
    /// - Returns: its number; nothing where there is no such user.
    package static func number(of text: String) -> UInt32? {
        // The last one is no user: it means “no change” (chown(2)).
        if let number = UInt32(text) { return number == .max ? nil : number }
        guard let entry = unsafe getpwnam(text) else { return nil }
        return unsafe entry.pointee.pw_uid
    }

    /// Whether this process can tell the user from others. In a user namespace of its own (PrivateUsers= of a service, a
    /// container) those that it does not know look all the same.
    package static func canTell(_ user: UInt32) -> Bool { clinux_is_mapped(user) != 0 }
}
