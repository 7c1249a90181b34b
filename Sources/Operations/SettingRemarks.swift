// What is allowed and may all the same be a mistake, or leaves a door open. `chatrelay serve --check` says it, and a reload what of it
// is new.

internal import HTTP
internal import Transport

/// One remark on a setting.
package struct SettingRemark: Equatable, Sendable {
    /// The setting's name.
    package let setting: String
    /// Whether it can hardly be meant so.
    package let isMistake: Bool
    /// It says what to do.
    package let sentence: String
}

extension Configuration {
    /// Seconds after which nginx ends a connection on which the daemon is silent: proxy_read_timeout in nginx/proxy.conf.
    private static let nginxReadTimeout: Int64 = 90

    /// - Parameter source: where a setting is from, by its name.
    func remarks(source: (String) -> String) -> [SettingRemark] {
        var remarks: [SettingRemark] = []
        let (interval, limit) = (transport.pingInterval / 1000, Configuration.nginxReadTimeout)
        if interval >= limit {
            remarks.append(
                SettingRemark(
                    setting: "ping-interval", isMistake: true,
                    sentence:
                        "\(source("ping-interval")): \(interval) s between pings are too long for nginx, which ends a connection after \(limit) s of silence: choose less than \(limit), or raise proxy_read_timeout in nginx's snippets/chatrelay-proxy.conf."
                ))
        }
        if transport.origins.allowsAll {
            remarks.append(
                SettingRemark(
                    setting: "allow-origin", isMistake: false,
                    sentence:
                        "\(source("allow-origin")): pages of all sites may connect, as whoever visits them: name the origins that need it."
                ))
        } else if transport.origins.hosts.isEmpty {
            remarks.append(
                SettingRemark(
                    setting: "hosts", isMistake: false,
                    sentence:
                        "\(source("hosts")) is not set: a page may connect from every name that leads to this server, also from one that somebody else's DNS makes lead here (DNS rebinding): name this site's hosts."
                ))
        }
        return remarks
    }
}
