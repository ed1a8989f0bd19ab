import ArgumentParser
import WebRTC

struct Many: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens many pairs and keeps them, and measures what they take while nothing happens.")

    @Option(help: "Pairs of connections.") var pairs = 100
    @Option(help: "Pairs that open at the same time.") var parallel = 16
    @Option(help: "Seconds to measure while nothing happens.") var seconds = 3.0

    func validate() throws {
        guard pairs > 0, parallel > 0, seconds > 0 else {
            throw ValidationError("every number has to be larger than 0")
        }
    }

    func run() async throws {
        // What a process needs for its first connection is not a connection's cost.
        let warmUp = ContinuousClock.now
        repeat {
            try await BenchPair.connect().close()
        } while ContinuousClock.now - warmUp < .seconds(1)
        let residentBefore = ProcessUsage.residentBytes
        let processorBefore = ProcessUsage.processorSeconds
        let start = ContinuousClock.now
        let open = await BenchPair.connect(count: pairs, parallel: parallel)
        let opening = ContinuousClock.now - start
        let processorAfter = ProcessUsage.processorSeconds
        guard !open.isEmpty else { throw ValidationError("no pair opened") }

        try await Task.sleep(for: .seconds(1))
        let resident = ProcessUsage.residentBytes - residentBefore
        let idleFrom = ProcessUsage.processorSeconds
        try await Task.sleep(for: .seconds(seconds))
        let idle = ProcessUsage.processorSeconds - idleFrom

        var report = Report(mode: "many")
        report.add("pairs", pairs)
        report.add("opened", open.count)
        report.add("all_open_s", opening.inSeconds)
        report.add("cpu_ms_per_pair", (processorAfter - processorBefore) * 1000 / Double(open.count))
        report.add("rss_kb_per_connection", Double(resident) / 1024 / Double(2 * open.count))
        report.add("idle_cpu_percent", idle / seconds * 100)
        report.add("threads", ProcessUsage.threads)
        report.add("fds", ProcessUsage.descriptors)
        for pair in open { await pair.close() }
        report.print()
    }
}
