import Election
import ElectionWorld
import Foundation

/// Plays scenarios of elections by seed, on all processors, and tells the first flaw of each: an optimized program, since
/// there are so many.
///
///     election-seeds COUNT [FIRST]     some scenarios
///     election-seeds trace SEED        what happens in one
@main
enum ElectionSeeds {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "trace", let seed = arguments.dropFirst().first.flatMap({ UInt64($0) }) {
            return trace(seed)
        }
        let count = arguments.first.flatMap { UInt64($0) } ?? 1_000
        let first = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 0
        let shards = UInt64(max(1, ProcessInfo.processInfo.activeProcessorCount))
        let flaws = await withTaskGroup { group in
            for shard in 0..<shards {
                group.addTask {
                    var flaws: [String] = []
                    for seed in stride(from: first + shard, to: first + count, by: Int(shards)) where flaws.count < 5 {
                        if let flaw = GroupChecker.flaw(GroupScenario(seed: seed), seed: seed) {
                            flaws.append("seed \(seed): \(flaw)")
                        }
                    }
                    return flaws
                }
            }
            var flaws: [String] = []
            for await found in group { flaws += found }
            return flaws
        }
        for flaw in flaws { print("election: \(flaw)") }
        print("election: \(count) seeds from \(first), \(flaws.isEmpty ? "none" : "some") with a flaw")
        exit(flaws.isEmpty ? 0 : 1)
    }

    private static func trace(_ seed: UInt64) {
        let scenario = GroupScenario(seed: seed)
        for (node, contender) in scenario.contenders.enumerated() {
            print(
                "\(node) is \(contender.id), score \(contender.priority.deviceScore), from \(contender.priority.startTime)"
            )
        }
        for line in scenario.play(seed: seed, isTraced: true).world.trace { print(line) }
        print(GroupChecker.flaw(scenario, seed: seed) ?? "no flaw")
    }
}
