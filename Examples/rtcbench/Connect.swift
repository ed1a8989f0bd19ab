import ArgumentParser
import WebRTC

struct Connect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens connections one after another, from PeerConnection's init to the open data channel.")

    @Option(help: "Connections to open.") var count = 50

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count has to be larger than 0") }
    }

    func run() async throws {
        // The first connection of a process makes the certificate and starts the threads.
        let warmUp = ContinuousClock.now
        repeat {
            try await BenchPair.connect().close()
        } while ContinuousClock.now - warmUp < .seconds(1)

        var milliseconds: [Double] = []
        let processor = ProcessUsage.processorSeconds
        for _ in 0..<count {
            let start = ContinuousClock.now
            let pair = try await BenchPair.connect()
            milliseconds.append((ContinuousClock.now - start).inMilliseconds)
            await pair.close()
        }
        var report = Report(mode: "connect")
        report.add("count", count)
        report.add("p50_ms", milliseconds.percentile(0.50))
        report.add("p95_ms", milliseconds.percentile(0.95))
        report.add("p99_ms", milliseconds.percentile(0.99))
        report.add("max_ms", milliseconds.percentile(1))
        report.add("cpu_ms_each", (ProcessUsage.processorSeconds - processor) * 1000 / Double(count))
        report.print()
    }
}
