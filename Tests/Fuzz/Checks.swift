// What is fuzzed: each check takes any bytes, and throws where something does not hold that must hold for all of them.

typealias Check = ([UInt8]) throws -> Void

/// By their names; each is made with what it needs.
let checks: [String: @Sendable () -> Check] = [
    "upgrade": { checkUpgrade },
    "frames": { Frames().check },
    "messages": { checkMessages },
    "deflate": { Compressed().check },
    "commands": { Commands().check },
    "state": { Restart().check },
    "register": { Crash().check },
    "configuration": { checkConfiguration },
    "networks": { checkNetwork },
    "socketio": { checkSocketIO },
    "api": { checkAPI },
    "tokens": { checkTokens },
]

/// What does not hold.
struct Finding: Error, CustomStringConvertible {
    let description: String
}

func expect(_ holds: Bool, _ otherwise: @autoclosure () -> String) throws(Finding) {
    if !holds { throw Finding(description: otherwise()) }
}

/// Takes an input apart.
struct Bits {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    /// 0 where nothing is left.
    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// No more than are left.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Array(taken)
    }

    mutating func word() -> UInt64 { bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
