// An answer that is no upgrade: the connection ends with it. RFC 9112 §4, RFC 9110 §15.

package struct HTTPResponse: Equatable, Sendable {
    /// The HTTP status code.
    package let status: Int
    package let type: String
    /// More header lines, as "name: value".
    package let headers: [String]
    package let body: [UInt8]

    package init(_ status: Int, type: String, body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
        headers = []
    }

    /// One line of text.
    package init(_ status: Int, _ sentence: String, headers: [String] = []) {
        self.status = status
        self.headers = headers
        type = "text/plain; charset=utf-8"
        body = Array("\(sentence)\n".utf8)
    }

    /// All of it, as it is sent. RFC 9110 §9.3.2: to HEAD the same without the body.
    package func bytes(toHead: Bool = false) -> [UInt8] {
        let lines =
            [
                "HTTP/1.1 \(status) \(phrase)", "Content-Type: \(type)", "Content-Length: \(body.count)",
                "Cache-Control: no-store", "Connection: close",
            ] + headers + ["", ""]
        return Array(lines.joined(separator: "\r\n").utf8) + (toHead ? [] : body)
    }

    private var phrase: String {
        switch status {
        case 200: "OK"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 426: "Upgrade Required"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        default: "Bad Request"
        }
    }
}
