import ArgumentParser
import WebRTC

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens many pairs, and measures what asking each connection for its statistics each second takes.")

    @Option(help: "Pairs of connections.") var pairs = 500
    @Option(help: "Pairs that open at the same time.") var parallel = 16
    @Option(help: "Seconds to measure without statistics, and as many with them in either way, in turns.")
    var seconds = 10

    func validate() throws {
        guard pairs > 0, parallel > 0, seconds > 0 else {
            throw ValidationError("every number has to be larger than 0")
        }
    }

    func run() async throws {
        let open = await BenchPair.connect(count: pairs, parallel: parallel)
        guard !open.isEmpty else { throw ValidationError("no pair opened") }
        let connections = open.flatMap { [$0.offerer, $0.answerer] }
        try await Task.sleep(for: .seconds(3))
        var (idle, together, spread, entries) = (0.0, 0.0, 0.0, 0)
        // In turns, for what else the machine does changes from second to second.
        for _ in 0..<seconds {
            idle += try await use { _ in }
            together += try await use { _ in
                await withTaskGroup { group in
                    for connection in connections { group.addTask { await connection.getStats().entries.count } }
                    for await count in group { entries += count }
                }
            }
            spread += try await use { second in
                for (index, connection) in connections.enumerated() {
                    if index % 50 == 0 {
                        let wait = Duration.milliseconds(index * 900 / connections.count)
                        try await Task.sleep(until: second + wait, clock: .continuous)
                    }
                    _ = await connection.getStats()
                }
            }
        }
        var report = Report(mode: "stats")
        report.add("pairs", pairs)
        report.add("opened", open.count)
        let percent = 100 / Double(seconds)
        report.add("cpu_percent_without", idle * percent)
        report.add("cpu_percent_asked_together", together * percent)
        report.add("cpu_percent_asked_one_by_one", spread * percent)
        report.add("entries_per_report", Double(entries) / Double(seconds * connections.count))
        for pair in open { await pair.close() }
        report.print()
    }

    /// The processor time that a second takes, with something done in it.
    private func use(_ body: (ContinuousClock.Instant) async throws -> Void) async throws -> Double {
        let (before, start) = (ProcessUsage.processorSeconds, ContinuousClock.now)
        try await body(start)
        try await Task.sleep(until: start + .seconds(1), clock: .continuous)
        return ProcessUsage.processorSeconds - before
    }
}
