import ArgumentParser
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
        await pair.close()
        _ = await echo.result

        var report = Report(mode: "ping")
        report.add("count", count)
        report.add("p50_us", microseconds.percentile(0.50))
        report.add("p99_us", microseconds.percentile(0.99))
        report.print()
    }
}
