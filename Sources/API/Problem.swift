// Refusals as problem details. RFC 9457

package import Chat
internal import FoundationEssentials
package import HTTP

package enum Problem {
    /// RFC 9457 §3.1, and the code of chatrelay.v1.
    private struct Details: Encodable {
        let type = "about:blank"
        let title: String
        let status: Int
        let detail: String
        let code: String?
        let retry: Int64?
    }

    package static func response(_ error: HTTPError) -> HTTPResponse {
        response(error.status, error.reason, headers: error.headers)
    }

    package static func response(_ refusal: ProgramRefusal) -> HTTPResponse {
        let retry = refusal.retry.map { ["Retry-After: \(($0 + 999) / 1_000)"] } ?? []
        // A 401 response names the authentication scheme (RFC 9110 §11.6.1) and the error (RFC 6750 §3.1).
        let (status, headers): (Int, [String]) =
            switch refusal.kind {
            case .unauthorized: (401, ["WWW-Authenticate: Bearer realm=\"chatrelay\""])
            case .invalidToken: (401, ["WWW-Authenticate: Bearer realm=\"chatrelay\", error=\"invalid_token\""])
            case .forbidden: (403, [])
            case .notFound: (404, [])
            case .invalid: (400, [])
            case .unprocessable: (422, [])
            case .tooLong: (413, [])
            case .tooMany: (429, retry)
            case .unavailable: (503, retry)
            }
        return response(status, refusal.sentence, code: refusal.code, retry: refusal.retry, headers: headers)
    }

    private static func response(
        _ status: Int, _ sentence: String, code: String? = nil, retry: Int64? = nil, headers: [String]
    ) -> HTTPResponse {
        let details = Details(
            title: HTTPResponse.phrase(status), status: status, detail: sentence, code: code, retry: retry)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(details) else { preconditionFailure("plain values can be written") }
        return HTTPResponse(
            status, type: "application/problem+json", headers: headers, body: Array(json) + [UInt8(ascii: "\n")])
    }
}

extension ProgramAnswer {
    /// - Parameter isPost: whether a message was posted.
    package func response(isPost: Bool) -> HTTPResponse {
        switch self {
        case .done(let json):
            HTTPResponse(isPost ? 201 : 200, type: "application/json", body: json + [UInt8(ascii: "\n")])
        case .refused(let refusal): Problem.response(refusal)
        }
    }
}
