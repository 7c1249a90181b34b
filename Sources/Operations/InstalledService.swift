// The service as it is installed: the names of its units and the places of its files.

/// The first instance, or a further one of the templates (chatrelay@NAME.service), which has files of its own.
package struct InstalledService {
    /// "chatrelay", or "chatrelay@blue".
    private let name: String
    /// The settings file.
    let settings: String
    /// The ledger, where the settings file names no other.
    let ledger: String
    /// Both sockets, that of the clients first.
    let sockets: [String]

    /// - Parameter instance: the name of a further instance; nil for the first one.
    /// - Throws: where no unit can have that name (systemd.unit(5)).
    package init(instance: String?) throws(ControlError) {
        guard let instance else {
            (name, settings, ledger) = ("chatrelay", "/etc/default/chatrelay", "/var/lib/chatrelay/ledger")
            sockets = ["chatrelay.socket", "chatrelay-control.socket"]
            return
        }
        guard !instance.isEmpty, instance.utf8.count <= 128, instance.utf8.allSatisfy(InstalledService.isAllowed) else {
            throw .refused(
                "There can be no instance “\(instance)”: give what stands between “chatrelay@” and “.service”.")
        }
        name = "chatrelay@\(instance)"
        settings = "/etc/default/chatrelay-\(instance)"
        ledger = "/var/lib/chatrelay-\(instance)/ledger"
        sockets = ["chatrelay@\(instance).socket", "chatrelay-control@\(instance).socket"]
    }

    var service: String { name + ".service" }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch Character(Unicode.Scalar(byte)) {
        case "a"..."z", "A"..."Z", "0"..."9", ":", "-", "_", ".", "\\": byte < 0x80
        default: false
        }
    }
}
