// A response after which the connection ends. RFC 9112 §4, RFC 9110 §15.

package struct HTTPResponse: Equatable, Sendable {
    /// The HTTP status code.
    package let status: Int
    package let type: String
    /// Further header lines, as "name: value".
    package let headers: [String]
    package let body: [UInt8]

    package init(_ status: Int, type: String, headers: [String] = [], body: [UInt8]) {
        self.status = status
        self.type = type
        self.headers = headers
        self.body = body
    }

    /// A response of one line of text.
    package init(_ status: Int, _ sentence: String, headers: [String] = []) {
        self.status = status
        self.headers = headers
        type = "text/plain; charset=utf-8"
        body = Array("\(sentence)\n".utf8)
    }

    /// The response with further header lines.
    package func adding(_ lines: [String]) -> HTTPResponse {
        HTTPResponse(status, type: type, headers: headers + lines, body: body)
    }

    /// The response as it is sent.
    /// - Parameter toHead: whether the request was HEAD: then the body is left out (RFC 9110 §9.3.2).
    package func bytes(toHead: Bool = false) -> [UInt8] {
        let lines =
            [
                "HTTP/1.1 \(status) \(phrase)", "Content-Type: \(type)", "Content-Length: \(body.count)",
                "Cache-Control: no-store", "Connection: close",
            ] + headers + ["", ""]
        return Array(lines.joined(separator: "\r\n").utf8) + (toHead ? [] : body)
    }

    private var phrase: String { HTTPResponse.phrase(status) }

    /// RFC 9110 §15.
    package static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        default: "Bad Request"
        }
    }
}
