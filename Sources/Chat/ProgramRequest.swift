// Requests of programs, which have no session: what they ask, and what they are told. The room API makes HTTP of both.

package import Primitives
package import SignedTokens

/// One request.
package struct ProgramRequest: Equatable, Sendable {
    /// What the request proves its user with.
    package enum Credential: Equatable, Sendable {
        /// The token of a user's device, or of a bot, or a signed token.
        case token(String)
        /// A signed token that was checked.
        case signed(SignedToken)
        /// The name that the proxy authenticates.
        case authenticated(name: String)
        /// An administrator on this machine. Posts are those of the bot of this name, which is made for the first one, without a token.
        case administrator(botName: String)

        /// A signed token that is not checked yet. A token of the server's has no dot.
        package var jwt: String? { if case .token(let text) = self, text.contains(".") { text } else { nil } }
    }

    package enum Operation: Equatable, Sendable {
        /// `id`: the message's; nil for one of the server's. `re`: the message that it replies to.
        case post(room: String, id: String?, text: String, re: UInt64?)
        /// The newest messages below `before`, or the oldest above `after`; the newest where both are nil.
        case history(room: String, before: UInt64?, after: UInt64?, limit: Int)
        case rooms
        /// The connected users.
        case users
    }

    package var credential: Credential?
    /// The client's own; nil where it is unknown.
    package var address: IPAddress?
    package var operation: Operation

    package init(_ credential: Credential?, from address: IPAddress?, _ operation: Operation) {
        self.credential = credential
        self.address = address
        self.operation = operation
    }
}

/// The answer to a request.
package enum ProgramAnswer: Equatable, Sendable {
    /// The event of chatrelay.v1 that says it.
    case done(json: [UInt8])
    case refused(ProgramRefusal)
}

/// Why a request is refused.
package struct ProgramRefusal: Error, Equatable, Sendable {
    package enum Kind: Sendable {
        case unauthorized, invalidToken, forbidden, notFound, invalid, unprocessable, tooLong, tooMany, unavailable
    }

    package let kind: Kind
    /// One of chatrelay.v1, or `unauthorized`, `banned` or `not-allowed`.
    package let code: String
    package let sentence: String
    /// Milliseconds until the request may be sent again; nil where that would not help.
    package let retry: Int64?

    init(_ kind: Kind, _ code: String, _ sentence: String, retry: Int64? = nil) {
        self.kind = kind
        self.code = code
        self.sentence = sentence
        self.retry = retry
    }

    init(_ refusal: Refusal) {
        let kind: Kind =
            switch refusal.code {
            case .badRoom, .noSuchRoom: .notFound
            case .muted, .nameBanned, .nameTaken, .noTokens: .forbidden
            case .emptyText, .noSuchMessage: .unprocessable
            case .textTooLong: .tooLong
            case .rateLimited: .tooMany
            case .tryAgain: .unavailable
            case .badToken, .tokenExpired: .invalidToken
            default: .invalid
            }
        let retry = refusal.retry ?? (refusal.code == .tryAgain ? ChatLimits.requestRetry : nil)
        self.init(kind, refusal.code.rawValue, refusal.message, retry: retry)
    }

    package static let unauthorized = ProgramRefusal(
        .unauthorized, "unauthorized", "Send the token of a user or a bot: “Authorization: Bearer TOKEN”.")
    static let invalidToken = ProgramRefusal(
        .invalidToken, "unauthorized", "The token is nobody's: it is wrong, signed out or removed.")
    static let notStored = ProgramRefusal(
        .unavailable, "try-again", "It could not be stored, and did not happen. Try again.",
        retry: ChatLimits.storeRetry)
    static let notRead = ProgramRefusal(
        .unavailable, "try-again", "This could not be read in time. Try again.", retry: ChatLimits.requestRetry)

    static func banned(_ ban: Sanction) -> ProgramRefusal {
        ProgramRefusal(.forbidden, "banned", "You are banned\(ban.ending)")
    }

    static func tooMany(retry: Int64) -> ProgramRefusal {
        ProgramRefusal(.tooMany, "rate-limited", "Too many requests. Wait \(retry) ms.", retry: retry)
    }
}
