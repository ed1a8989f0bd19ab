import ElectionWorld
import Testing

@Suite("Groups of nodes that are killed, stopped and cut off")
struct GroupTests {
    /// `make test` plays 100,000 with election-seeds, an optimized program.
    private static let seeds: UInt64 = 400

    @Test(
        "no term has two leaders, nobody goes back, and when all is well again the best leads, and stays",
        arguments: [UInt64(0), 1])
    func groups(shard: UInt64) {
        for seed in stride(from: 1_000_000 + shard, to: 1_000_000 + Self.seeds, by: 2) {
            guard let flaw = GroupChecker.flaw(GroupScenario(seed: seed), seed: seed) else { continue }
            Issue.record("seed \(seed): \(flaw)")
            return
        }
    }
}
