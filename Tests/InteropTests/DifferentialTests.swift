import Foundation
import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite(
    "The same calls in Chromium and here", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.plain))
struct DifferentialTests {
    @Test("have the same errors, states, transceivers, events and sections")
    func sequences() async throws {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["DIFFERENTIAL_SEED"].flatMap(UInt64.init) ?? 1
        let count = environment["DIFFERENTIAL_COUNT"].flatMap(UInt64.init) ?? 200
        let limit = environment["DIFFERENTIAL_FAILURES"].flatMap(Int.init) ?? 5
        let control = DifferentialControl(browser: try #require(BrowserTrait.current))
        var failures = 0
        for start in stride(from: first, to: first + count, by: DifferentialControl.batch) {
            let seeds = Array(start..<min(start + UInt64(DifferentialControl.batch), first + count))
            for (seed, run) in zip(seeds, try await control.run(seeds.map(DifferentialSequence.init))) {
                guard !run.differences.isEmpty, let least = try await control.reduced(run) else { continue }
                Issue.record("seed \(seed), \(run.sequence.bundlePolicy):\n\(least.report)")
                failures += 1
                if failures >= limit { return }
            }
        }
    }
}

/// Plays sequences in the browser and here.
struct DifferentialControl {
    /// So many sequences are played at once: much of the time goes into waiting for events.
    static let batch = 16

    let browser: Browser

    func run(_ sequences: [DifferentialSequence], patience: Int = 4) async throws -> [DifferentialRun] {
        let theirs = try await browser.run(
            "return playSequences(...arguments)", [.encoding(sequences), .number(Double(patience))]
        ).array
        var configuration = ConnectedPair.loopback
        var runs: [DifferentialRun] = []
        for (sequence, observations) in zip(sequences, theirs) {
            configuration.bundlePolicy = BundlePolicy(rawValue: sequence.bundlePolicy) ?? .balanced
            runs.append(
                DifferentialRun(
                    sequence: sequence, ours: try await DifferentialRun.play(sequence.steps, configuration),
                    theirs: observations.array))
        }
        return runs
    }

    /// How long events are waited for before a difference counts, in milliseconds: a browser may be slow.
    private static let lastPatience = 500

    /// The shortest sequence with a difference that leaving steps out leads to; nil if there is none with more patience.
    func reduced(_ run: DifferentialRun) async throws -> DifferentialRun? {
        var sequence = run.sequence
        var best = try await self.run([sequence], patience: Self.lastPatience)[0]
        guard let last = best.differences.first?.step else { return nil }
        let whole = best
        sequence.steps = Array(sequence.steps[...last])
        best = try await self.run([sequence], patience: 20)[0]
        var place = best.sequence.steps.count - 2
        while place >= 0 {
            sequence = best.sequence
            guard place < sequence.steps.count else {
                place -= 1
                continue
            }
            sequence.steps.remove(at: place)
            let shorter = try await self.run([sequence], patience: 20)[0]
            if !shorter.differences.isEmpty { best = shorter }
            place -= 1
        }
        let least = try await self.run([best.sequence], patience: Self.lastPatience)[0]
        return least.differences.isEmpty ? whole : least
    }
}
