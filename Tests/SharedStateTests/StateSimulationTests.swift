import Foundation
import SharedState
import TestSupport
import Testing

@Suite("Shared state, simulated", .timeLimit(.minutes(5)))
struct StateSimulationTests {
    private static let first = UInt64(ProcessInfo.processInfo.environment["SIMULATION_FIRST"] ?? "") ?? 1
    private static let count = UInt64(ProcessInfo.processInfo.environment["SIMULATION_SEEDS"] ?? "") ?? 1500

    /// Eight runs of seeds, so that they share the processors.
    private static let parts = (0..<8).map { part in
        (first + count * UInt64(part) / 8)..<(first + count * UInt64(part + 1) / 8)
    }

    @Test(
        "whatever order, loss and repetition, cuts, deaths and clocks do, all agree in the end, and on the last write",
        arguments: parts)
    func anyOrder(seeds: Range<UInt64>) {
        for seed in seeds {
            var village = Self.village(seed)
            for _ in 0..<Int.random(in: 5...30, using: &village.random) { Self.step(&village) }
            Self.settle(&village)
            let expected = village.union()
            village.run(milliseconds: 25_000)
            let complaint = Self.complaint(village, expected)
            #expect(complaint == nil, "seed \(seed)")
            guard complaint == nil else { return }
        }
    }

    private static func village(_ seed: UInt64) -> StateSimulation {
        var random = SeededGenerator(seed: seed &* 977)
        let count = Int.random(in: 2...5, using: &random)
        // Right, a little wrong, and wrong by hours and years, as without a battery.
        let skews = (0..<count).map { _ in
            [0, 0, 800, -30_000, 59_000, 7_200_000, -86_400_000, 400 * 86_400_000].randomElement(using: &random) ?? 0
        }
        return StateSimulation(count, seed: seed, skews: skews, isSerialized: seed % 16 == 0)
    }

    private static func step(_ village: inout StateSimulation) {
        let index = Int.random(in: village.nodes.indices, using: &village.random)
        let key = ["a", "b", "c", "item", "\u{E9}"].randomElement(using: &village.random) ?? "a"
        let letterCount = village.letterCount
        switch Int.random(in: 0..<16, using: &village.random) {
        case 0...7: village.write("\(letterCount)", for: key, at: index)
        case 8: village.write(nil, for: key, at: index)
        case 9:
            let bits = Int.random(in: 0...31, using: &village.random)
            village.split { bits >> $0 & 1 }
        case 10: village.split { _ in 0 }
        case 11: if village.running.count > 1 { village.stop(index, keepsDisk: Bool.random(using: &village.random)) }
        case 12: village.start(index)
        case 13: village.setSkew(Int.random(in: -90_000...90_000, using: &village.random), of: index)
        default: village.run(milliseconds: Int.random(in: 1...4000, using: &village.random))
        }
    }

    /// No more trouble, and all are there.
    private static func settle(_ village: inout StateSimulation) {
        village.isHarsh = false
        village.split { _ in 0 }
        for index in village.nodes.indices { village.start(index) }
    }

    /// What is wrong with what the nodes have come to.
    private static func complaint(_ village: StateSimulation, _ expected: [StateKey: StateEntry]) -> String? {
        for index in village.running {
            let contents = village.contents(of: index)
            if contents != expected { return "node \(index) has \(contents), and not \(expected)" }
            // What is on disk is what is in memory.
            if village.nodes[index].disk != expected { return "the disk of \(index) has other entries" }
        }
        for entry in expected.values where !village.written.contains(entry) { return "nobody has written \(entry)" }
        for write in village.acknowledged where !write.holders.isEmpty {
            guard let entry = expected[write.entry.key], entry.timestamp >= write.entry.timestamp else {
                return "\(write.entry) was acknowledged, is held by \(write.holders), and is lost"
            }
        }
        for conflict in village.conflicts where conflict.kept.timestamp < conflict.lost.timestamp {
            return "the earlier one of \(conflict) was kept"
        }
        return nil
    }

    @Test(
        "a node that joins or returns is in step within a second, with five entries and with four thousand",
        arguments: [5, 4000])
    func joining(count: Int) {
        var village = StateSimulation(4, seed: 3)
        village.isHarsh = false
        village.stop(3, keepsDisk: true)
        for number in 0..<count {
            village.write("v\(number)", for: "key \(number * 7919 % 100_003)", at: number % 3)
            if number % 20 == 0 { village.run(milliseconds: 3) }
        }
        village.run(milliseconds: 2000)
        village.start(3)
        village.run(milliseconds: 1000)
        #expect(village.values(of: 3) == village.values(of: 0) && village.values(of: 3).count == count)
        // Back after it was away, with little to learn.
        village.stop(3, keepsDisk: true)
        for number in 0..<5 { village.write("new", for: "key \(number * 7919 % 100_003)", at: 1) }
        village.write("only here", for: "another", at: 2)
        village.run(milliseconds: 2000)
        let before = village.letterCount
        village.start(3)
        village.run(milliseconds: 1000)
        #expect(village.values(of: 3) == village.values(of: 0))
        #expect(village.letterCount - before < 3 * 60, "with few messages")
    }

    @Test(
        "what was deleted does not come back with a node that was away until the deletion was forgotten",
        arguments: 1...4)
    func horizon(seed: UInt64) {
        var village = StateSimulation(4, seed: seed, limits: StateLimits(retention: .seconds(7200)))
        village.isHarsh = false
        village.write("old", for: "gone", at: 0)
        village.write("kept", for: "stays", at: 1)
        village.run(milliseconds: 1000)
        village.stop(3, keepsDisk: true)
        village.write(nil, for: "gone", at: 1)
        village.run(milliseconds: 3 * 3_600_000)
        #expect(village.contents(of: 0).count == 1, "the deletion is forgotten")
        // One that has come since, with nothing, learns the horizon; those that were there may go.
        if seed % 2 == 0 {
            village.stop(2, keepsDisk: false)
            village.start(2)
            village.run(milliseconds: 1000)
            village.stop(0, keepsDisk: true)
            village.stop(1, keepsDisk: true)
        }
        village.start(3)
        village.run(milliseconds: 15_000)
        for index in village.running {
            #expect(village.values(of: index) == ["stays": "\"kept\""], "node \(index)")
        }
    }

    @Test(
        "deletions that are forgotten, cuts and deaths longer than that, and wrong clocks: all agree in the end",
        arguments: 1...6)
    func forgetting(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let skews = (0..<3).map { _ in [0, 0, 50_000, -7_200_000, 7_200_000].randomElement(using: &random) ?? 0 }
        var village = StateSimulation(3, seed: seed, skews: skews, limits: StateLimits(retention: .seconds(3600)))
        for _ in 0..<8 {
            for _ in 0..<Int.random(in: 3...12, using: &random) { Self.step(&village) }
            village.isHarsh = Bool.random(using: &random)
            village.run(milliseconds: 1000 * Int.random(in: 10...4000, using: &random))
        }
        Self.settle(&village)
        village.run(milliseconds: 60_000)
        let values = village.running.map { village.values(of: $0) }
        #expect(values.allSatisfy { $0 == values[0] }, "\(values)")
        // What is deleted now stays deleted; it takes until the latest clock says so.
        for key in values[0].keys { village.write(nil, for: key, at: 0) }
        village.run(milliseconds: 6 * 3_600_000)
        #expect(village.running.allSatisfy { village.contents(of: $0).isEmpty })
    }

    @Test("a disk that was behind for days keeps what the others never had, where nothing was forgotten")
    func longCut() {
        var village = StateSimulation(4, seed: 5, limits: StateLimits(retention: .seconds(3600)))
        village.isHarsh = false
        village.split { $0 / 2 }
        village.write("left", for: "l", at: 0)
        village.write("right", for: "r", at: 3)
        village.run(milliseconds: 3 * 3_600_000)
        village.split { _ in 0 }
        village.run(milliseconds: 1000)
        for index in 0..<4 { #expect(village.values(of: index) == ["l": "\"left\"", "r": "\"right\""]) }
    }

    @Test(
        "clocks that are wrong by hours and years: each write that has seen another wins, and it is said whose clock it is"
    )
    func clocks() {
        var village = StateSimulation(3, seed: 1, skews: [0, 20 * 365 * 86_400_000, -20 * 365 * 86_400_000])
        village.isHarsh = false
        for round in 0..<6 {
            village.write("\(round)", for: "k", at: round % 3)
            village.run(milliseconds: 100)
            for index in 0..<3 { #expect(village.values(of: index) == ["k": "\"\(round)\""]) }
        }
        #expect(village.conflicts.isEmpty)
        // What node 1 says of other keys has not made the clocks of the others run ahead.
        village.write("x", for: "other", at: 0)
        let written = village.contents(of: 0).first { $0.key.description == "other" }?.value
        #expect(written?.timestamp.milliseconds ?? .max < 1_800_000_060_000)
        let ahead = village.reports.filter { if case .clockAhead = $0 { true } else { false } }
        #expect(ahead.count >= 2 && ahead.count <= 6)
    }
}
