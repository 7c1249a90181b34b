// Plants a fault into what goes between the links, the chat and the ledger. With none planted it changes nothing.

import FoundationEssentials
import Model

@testable import Chat

enum Planter {
    /// What a client says.
    static func change(_ text: [UInt8], _ fault: PlantedFault?, _ watch: Watch, _ dice: Dice) -> [UInt8] {
        switch fault {
        case .resumeOneEarly, .resumeOneLate:
            let marker = Array(#""since":"#.utf8)
            guard let start = text.firstRange(of: marker)?.upperBound else { return text }
            let digits = text[start...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let since = Int(String(decoding: digits, as: UTF8.self)), since > 0 else { return text }
            let other = fault == .resumeOneEarly ? since - 1 : since + 1
            return text[..<start] + Array(String(other).utf8) + text[digits.endIndex...]
        case .tokenConfusion:
            let marker = Array(#""token":""#.utf8)
            guard let start = text.firstRange(of: marker)?.upperBound, text.count >= start + 32, dice.permille(100),
                !watch.tokens.isEmpty
            else { return text }
            return text[..<start] + Array(dice.pick(watch.tokens).utf8) + text[(start + 32)...]
        default: return text
        }
    }

    /// What the server says does not come.
    static func isLost(_ json: [UInt8], _ fault: PlantedFault?, _ dice: Dice) -> Bool {
        switch fault {
        case .lostAnnouncement: json.firstRange(of: Array(#""event":"announcement""#.utf8)) != nil && dice.permille(100)
        case .lostWithdrawal: json.starts(with: Array(#"{"type":"deleted""#.utf8)) && dice.permille(100)
        case .lostReaction: json.starts(with: Array(#"{"type":"reaction""#.utf8)) && dice.permille(100)
        case .lostPresence: json.starts(with: Array(#"{"type":"presence""#.utf8)) && dice.permille(100)
        default: false
        }
    }

    static func isTold(_ entry: Entry, _ fault: PlantedFault?) -> Bool {
        entry.isMessage && (fault == .broadcastBeforeCommit || fault == .earlyAcknowledgement)
    }
}
