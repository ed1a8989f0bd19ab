import ArgumentParser
import WebRTC

struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sends 64 bytes there and back, one at a time.")

    @Option(help: "Round trips to measure, after one second of warm-up.") var count = 5000

    @Flag(help: "Read on Swift's pool, not on the connections' threads.") var pooled = false

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count has to be larger than 0") }
    }

    func run() async throws {
        let pair = try await BenchPair.connect()
        guard let near = pair.near.first, let far = pair.far.first else { throw ValidationError("no channel") }
        // Where latency matters, tasks run where the messages arrive.
        let echo = Task(executorPreference: pooled ? nil : pair.answerer.executor) {
            for try await case .binary(let message) in far.messages { try await far.send(message) }
        }
        let measurement = Task(executorPreference: pooled ? nil : pair.offerer.executor) { try await measure(near) }
        let microseconds = try await measurement.value
        await pair.close()
        _ = await echo.result

        var report = Report(mode: "ping")
        report.add("count", count)
        report.add("p50_us", microseconds.percentile(0.50))
        report.add("p99_us", microseconds.percentile(0.99))
        report.print()
    }

    private func measure(_ near: DataChannel) async throws -> [Double] {
        var microseconds: [Double] = []
        microseconds.reserveCapacity(count)
        let cycle = MessageCycle(messageSize: 64)
        var number = 0
        var answers = near.messages.makeAsyncIterator()
        let warmUp = ContinuousClock.now
        while microseconds.count < count {
            let start = ContinuousClock.now
            try await near.send(cycle[number])
            guard let answer = try await answers.next() else { throw ValidationError("the channel closed") }
            let end = ContinuousClock.now
            guard cycle.isExpected(answer, after: number) else {
                throw ValidationError("the answer to message \(number) is not what was sent")
            }
            number += 1
            if start - warmUp > .seconds(1) { microseconds.append((end - start) / .microseconds(1)) }
        }
        return microseconds
    }
}
