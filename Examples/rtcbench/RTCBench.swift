import ArgumentParser

/// Measures what a connection costs, so that every change can be compared with the one before. Both
/// ends live in this process and talk over real UDP sockets on the loopback interface; processor
/// time is that of the process. The last line on standard output is one JSON object.
@main
struct RTCBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rtcbench",
        abstract: "Measures what connections cost: data, setup, many of them, statistics, round trips and media.",
        subcommands: [
            Throughput.self, Connect.self, Many.self, Stats.self, Ping.self, Media.self, Fanout.self, Estimator.self,
            Peer.self, Stream.self, RPC.self,
        ])
}
