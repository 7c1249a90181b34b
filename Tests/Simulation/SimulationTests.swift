// The whole chat in worlds of chance. One seed is one world: a daemon with a slow ledger and lines that break, and clients good
// and bad; at its end all that was promised must have been kept. A failed seed runs alone, and tells its story, by
//
//     CHATRELAY_SEED=N swift test --filter Simulation
//
// and CHATRELAY_BASE=N takes other seeds: from N on.

import FoundationEssentials
import Testing

private let environment = ProcessInfo.processInfo.environment
private let base = environment["CHATRELAY_BASE"].flatMap { UInt64($0) } ?? 0
private let single = environment["CHATRELAY_SEED"].flatMap { UInt64($0) }

@Suite struct SimulationTests {
    @Test(arguments: single.map { [$0] } ?? Array(base..<base + 2_000))
    func everyWorldKeepsItsPromises(_ seed: UInt64) {
        let world = World(seed: seed)
        if single != nil { world.findings.trace = { print($0) } }
        world.run()
        #expect(world.findings.first == nil, "CHATRELAY_SEED=\(seed)")
    }
}
