// Why a request is refused, and the response that says so. RFC 9110 §15.

package struct HTTPError: Error, Equatable, Sendable {
    /// The HTTP status code, 400 to 599.
    package let status: Int
    /// One sentence, the body of the response.
    package let reason: String
    /// Further header lines, as "name: value".
    package let headers: [String]

    package init(_ status: Int, _ reason: String, headers: [String] = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    package static func badRequest(_ reason: String) -> HTTPError { HTTPError(400, reason) }

    /// RFC 9110 §15.5.6: a 405 response names the allowed methods.
    package static func methodNotAllowed(_ reason: String, allow: String) -> HTTPError {
        HTTPError(405, reason, headers: ["Allow: \(allow)"])
    }

    package static let headTooLarge = HTTPError(
        431, "The request head is too large; \(HTTPLimits.headBytes) bytes and \(HTTPLimits.headers) lines are allowed."
    )

    package static func bodyTooLarge(limit: Int) -> HTTPError {
        HTTPError(413, "The request body is too large; \(limit) bytes are allowed.")
    }

    package var response: HTTPResponse { HTTPResponse(status, reason, headers: headers) }
}
