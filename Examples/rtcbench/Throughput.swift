import ArgumentParser
import WebRTC

struct Throughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sends as fast as it can, one way.")

    @Option(help: "Bytes in a message.") var messageSize = 65536
    @Option(help: "Seconds to measure, after the warm-up.") var seconds = 5.0
    @Option(help: "Seconds that come before those.") var warmUp = 1.0
    @Option(help: "Channels of each connection, all sending.") var channels = 1
    @Option(help: "Connections, all sending.") var connections = 1

    func validate() throws {
        try MessageCycle.validate(messageSize: messageSize)
        guard seconds > 0, warmUp > 0, channels > 0, connections > 0 else {
            throw ValidationError("every number has to be larger than 0")
        }
    }

    func run() async throws {
        var pairs: [BenchPair] = []
        let opening = ContinuousClock.now
        for _ in 0..<connections { pairs.append(try await BenchPair.connect(channels: channels)) }
        let connecting = ContinuousClock.now - opening

        let traffic = Traffic(messageSize: messageSize)
        let (from, to) = try await withThrowingTaskGroup { group in
            for pair in pairs {
                for channel in pair.far { group.addTask { try await traffic.count(channel) } }
                for channel in pair.near { group.addTask { try await traffic.flood(channel) } }
            }
            try await Task.sleep(for: .seconds(warmUp))
            let from = traffic.snapshot()
            try await Task.sleep(for: .seconds(seconds))
            let to = traffic.snapshot()
            group.cancelAll()
            for pair in pairs { await pair.close() }
            // Sends that were waiting fail when their channel closes, which is how this ends.
            while let result = await group.nextResult() { _ = result }
            return (from, to)
        }
        try traffic.demandWhole()
        report(from, to, connecting: connecting)
    }

    private func report(_ from: Traffic.Snapshot, _ to: Traffic.Snapshot, connecting: Duration) {
        let bytes = Double(to.bytes - from.bytes)
        let elapsed = (to.time - from.time).inSeconds
        var report = Report(mode: "throughput")
        report.add("message_size", messageSize)
        report.add("channels", channels)
        report.add("connections", connections)
        report.add("mbit_s", bytes * 8 / 1e6 / elapsed)
        report.add("msg_s", Double(to.messages - from.messages) / elapsed)
        report.add("cpu_s_per_gb", (to.processorSeconds - from.processorSeconds) / (bytes / 1e9))
        report.add("connect_ms", connecting.inMilliseconds / Double(connections))
        report.print()
    }
}
