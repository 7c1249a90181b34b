import Primitives
import Testing

@testable import Chat

@Suite struct SanctionTests {
    private let network = IPNetwork(IPAddress(high: 0, low: 0xffff_c000_0100), bits: 120)

    private func sanction(_ subject: Sanction.Subject, until: Int64? = nil, since: Int64 = 0) -> Sanction {
        Sanction(subject: subject, name: "\(subject)", until: until, reason: nil, since: since)
    }

    private func moment(_ wall: Int64) -> Moment { Moment(wall: wall, monotonic: 0) }

    @Test func aSanctionIsActiveUntilItsEnd() {
        var sanctions = Sanctions()
        sanctions.insert(sanction(.name("ada"), until: 100))
        sanctions.insert(sanction(.mute(UserID(1))))
        #expect(sanctions.active(on: .name("ada"), at: moment(99)) != nil)
        #expect(sanctions.active(on: .name("ada"), at: moment(100)) == nil)
        sanctions.removeExpired(at: moment(99))
        #expect(sanctions.count == 2)
        sanctions.removeExpired(at: moment(100))
        #expect(sanctions.all.map(\.subject) == [.mute(UserID(1))])
    }

    @Test func addressesAreFoundByTheirNetwork() {
        var sanctions = Sanctions()
        // The second one replaces the first.
        for until in [100, 200] as [Int64] { sanctions.insert(sanction(.network(network), until: until)) }
        let inside = IPAddress(high: 0, low: 0xffff_c000_0107)
        #expect(sanctions.count == 1 && sanctions.active(on: inside, at: moment(150))?.until == 200)
        #expect(sanctions.active(on: IPAddress(high: 0, low: 0xffff_c000_0207), at: moment(150)) == nil)
        sanctions.remove(.network(network))
        #expect(sanctions.active(on: inside, at: moment(150)) == nil)
    }
}
