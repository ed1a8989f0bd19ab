import ArgumentParser
import NIOCore
import WebRTC

struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sends 64 bytes there and back, one at a time.")

    @Option(help: "Round trips to measure, after one second of warm-up.") var count = 5000

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count has to be larger than 0") }
    }

    func run() async throws {
        let pair = try await BenchPair.connect()
        guard let near = pair.near.first, let far = pair.far.first else { throw ValidationError("no channel") }
        let echo = Task {
            for try await case .binary(let message) in far.messages { try await far.send(message) }
        }
        var microseconds: [Double] = []
        microseconds.reserveCapacity(count)
        let message = ByteBuffer(repeating: 0x55, count: 64)
        var answers = near.messages.makeAsyncIterator()
        let warmUp = ContinuousClock.now
        while microseconds.count < count {
            let start = ContinuousClock.now
            try await near.send(message)
            guard try await answers.next() != nil else { throw ValidationError("the channel closed") }
            let end = ContinuousClock.now
            if start - warmUp > .seconds(1) { microseconds.append((end - start) / .microseconds(1)) }
        }
        await pair.close()
        _ = await echo.result

        var report = Report(mode: "ping")
        report.add("count", count)
        report.add("p50_us", microseconds.percentile(0.50))
        report.add("p99_us", microseconds.percentile(0.99))
        report.print()
    }
}
