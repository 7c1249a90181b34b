// The whole chat in worlds of chance. One seed is one world: a daemon with a slow ledger and lines that break, and clients good
// and bad; at its end all that was promised must have been kept. A failed seed runs alone, and tells its story, by
//
//     CHATRELAY_SEED=N swift test --filter Simulation
//
// and CHATRELAY_BASE=N takes other seeds: from N on.

import FoundationEssentials
import Testing

private let environment = ProcessInfo.processInfo.environment
private let single = environment["CHATRELAY_SEED"].flatMap { UInt64($0) }
private let base = environment["CHATRELAY_BASE"].flatMap { UInt64($0) } ?? 0

@Suite struct SimulationTests {
    @Test(arguments: single.map { [$0] } ?? Array(base..<base + 2_000))
    func everyWorldKeepsItsPromises(_ seed: UInt64) {
        let world = World(seed: seed)
        if single != nil { world.findings.trace = { print($0) } }
        world.run()
        #expect(world.findings.first == nil, "CHATRELAY_SEED=\(seed)")
    }

    /// What is never tried is not tested.
    @Test(.enabled(if: single == nil)) func everyPathIsTaken() {
        var paths: [Path: Int] = [:]
        for seed in 0..<200 as Range<UInt64> {
            let world = World(seed: seed)
            world.run()
            paths.merge(world.findings.paths) { $0 + $1 }
        }
        for path in Path.allCases { #expect(paths[path, default: 0] >= 5, "\(path)") }
    }

    /// The invariants find what they are there for.
    @Test(.enabled(if: single == nil), arguments: PlantedFault.allCases)
    func aPlantedFaultIsFound(_ fault: PlantedFault) {
        let seed = (0..<500 as Range<UInt64>).first { seed in
            let world = World(seed: seed, fault: fault)
            world.run()
            return !world.findings.isClean
        }
        #expect(seed != nil, "\(fault)")
    }
}
