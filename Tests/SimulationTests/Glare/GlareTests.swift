import Foundation
import Testing

@testable import JSEP

/// Docs/Negotiation.md names the variables that choose seeds and stretch times.
@Suite("Collisions of offers, simulated")
struct GlareTests {
    private static let shards = 20

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    /// What is wrong with a seed, with the way there; nil if nothing is.
    private static func failure(of seed: UInt64) throws -> String? {
        let simulation = try GlareSimulation(seed: seed)
        if simulation.run(), simulation.violations().isEmpty, simulation.end().isEmpty { return nil }
        return try account(of: seed)
    }

    private static func account(of seed: UInt64) throws -> String {
        let simulation = try GlareSimulation(seed: seed, isTraced: true)
        let ends = simulation.run()
        let wrong = simulation.violations() + simulation.end()
        let trace = ends ? simulation.world.trace : simulation.world.trace.prefix(120) + ["and so on, without an end"]
        return (trace + wrong.map { "WRONG: \($0)" }).joined(separator: "\n")
            + "\nagain: GLARE_SEED=\(seed) make test FILTER=GlareTests"
    }

    @Test("whatever meets whatever, both ends agree in the end", arguments: 0..<shards)
    func shard(_ shard: Int) throws {
        guard Self.number("GLARE_SEED") == nil else { return }
        let share = (Self.number("GLARE_SEEDS") ?? 20_000) / UInt64(Self.shards)
        let first = (Self.number("GLARE_FIRST") ?? 0) + UInt64(shard) * share
        for seed in first..<(first + share) {
            guard let failure = try Self.failure(of: seed) else { continue }
            Issue.record("\(failure)")
            return
        }
    }

    @Test("one seed, with its trace", .enabled(if: number("GLARE_SEED") != nil))
    func replay() throws {
        let seed = try #require(Self.number("GLARE_SEED"))
        print(try Self.account(of: seed))
        #expect(try Self.failure(of: seed) == nil)
    }
}
