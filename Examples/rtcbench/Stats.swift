import ArgumentParser
import WebRTC

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens many pairs, and measures what asking each connection for its statistics each second takes.")

    @Option(help: "Pairs of connections.") var pairs = 500
    @Option(help: "Pairs that open at the same time.") var parallel = 16
    @Option(help: "Seconds to measure, without and with statistics.") var seconds = 10

    func validate() throws {
        guard pairs > 0, parallel > 0, seconds > 0 else {
            throw ValidationError("every number has to be larger than 0")
        }
    }

    func run() async throws {
        let open = await BenchPair.connect(count: pairs, parallel: parallel)
        guard !open.isEmpty else { throw ValidationError("no pair opened") }
        let connections = open.flatMap { [$0.offerer, $0.answerer] }
        try await Task.sleep(for: .seconds(1))
        let idle = try await use { _ in }
        var entries = 0
        let busy = try await use { second in
            // Spread over the second, as in a program whose connections were not all made at the same time.
            for (index, connection) in connections.enumerated() {
                if index % 50 == 0 {
                    let wait = Duration.milliseconds(index * 900 / connections.count)
                    try await Task.sleep(until: second + wait, clock: .continuous)
                }
                entries += await connection.getStats().entries.count
            }
        }
        var report = Report(mode: "stats")
        report.add("pairs", pairs)
        report.add("opened", open.count)
        report.add("cpu_percent_without", idle * 100)
        report.add("cpu_percent_with", busy * 100)
        report.add("us_per_report", (busy - idle) * 1_000_000 / Double(connections.count))
        report.add("entries_per_report", Double(entries) / Double(seconds * connections.count))
        for pair in open { await pair.close() }
        report.print()
    }

    /// The processor time that a second takes, on the average, with something done in each.
    private func use(_ body: (ContinuousClock.Instant) async throws -> Void) async throws -> Double {
        let before = ProcessUsage.processorSeconds
        var second = ContinuousClock.now
        for _ in 0..<seconds {
            try await body(second)
            second += .seconds(1)
            try await Task.sleep(until: second, clock: .continuous)
        }
        return (ProcessUsage.processorSeconds - before) / Double(seconds)
    }
}
