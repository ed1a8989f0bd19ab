import ArgumentParser
import Foundation
import ICE
import JSEP
import Streaming
import WebRTC

/// One track to many connections: what a packet costs that is delivered to each.
struct Fanout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends pictures of one track to many connections in this process.",
        discussion: """
            Pictures are sent as fast as every connection takes them, or at a rate of packets a second; each receiver \
            counts the packets that it gets. The processor time is that of both ends of all connections.
            """)

    @Option(help: "Connections that get the track.") var receivers = 10
    @Option(help: "Seconds to measure, after the warm-up.") var seconds = 4.0
    @Option(help: "Seconds that come before those.") var warmUp = 1.0
    @Option(help: "Packets a second of the track; 0 for as many as there is time for.") var rate = 0
    @Option(help: "Bytes of a packet's payload.") var payload = 1_100
    @Option(help: "Packets of a picture.") var packets = 10
    @Flag(help: "By a VideoBroadcaster, each connection with a subscription of its own.") var broadcast = false

    func validate() throws {
        guard receivers > 0, seconds > 0, warmUp >= 0, rate >= 0, (1...1_100).contains(payload),
            (1...1000).contains(packets)
        else { throw ValidationError("every number has to be larger than 0, and the payload at most 1100") }
        // Nobody who feeds a broadcaster is told that a watcher has no room.
        guard !broadcast || rate > 0 else { throw ValidationError("a broadcast needs a --rate") }
    }

    func run() async throws {
        let pairs = await BenchPair.connect(count: receivers, parallel: 8)
        guard pairs.count == receivers else { throw ValidationError("some connections did not come up") }
        let track = MediaStreamTrack(.video)
        let broadcaster = broadcast ? VideoBroadcaster() : nil
        try broadcaster?.setSource(track)
        var subscriptions: [Subscription] = []
        var readers: [Task<Void, Never>] = []
        for pair in pairs {
            let events = pair.answerer.tracks
            if let subscription = try broadcaster?.subscribe() { subscriptions.append(subscription) }
            _ = try await pair.offerer.addTrack(subscriptions.last?.track ?? track)
            try await pair.negotiate()
            for await event in events {
                readers.append(Task { for await _ in event.track.packets {} })
                break
            }
        }
        let residentBefore = ProcessUsage.residentBytes
        let sender = Task { await flood(track) }
        try await Task.sleep(for: .seconds(warmUp))
        let from = try await Snapshot(pairs)
        try await Task.sleep(for: .seconds(seconds))
        let to = try await Snapshot(pairs)
        sender.cancel()
        for reader in readers { reader.cancel() }
        report(from, to, resident: ProcessUsage.residentBytes - residentBefore)
        for subscription in subscriptions { subscription.cancel() }
        for pair in pairs { await pair.close() }
    }

    private func flood(_ track: MediaStreamTrack) async {
        let start = ContinuousClock.now
        var number = 0
        var data = [UInt8](repeating: 0, count: payload * packets)
        while !Task.isCancelled {
            data[0] = number % 30 == 0 || rate == 0 ? 0 : 1
            let time = Duration.seconds(Double(number * packets) / Double(rate > 0 ? rate : 90_000))
            if rate > 0 { try? await Task.sleep(until: start + time, clock: .continuous) }
            let frame = MediaFrame(codec: "video/VP8", data: data, timestamp: time, isKeyFrame: data[0] == 0)
            let isTaken = (try? track.send(frame)) == true
            if isTaken || rate > 0 { number += 1 }
            // Whoever has no room yet is not asked again and again: that would be counted, too.
            if rate == 0, !isTaken || number % 4 == 0 { try? await Task.sleep(for: .microseconds(200)) }
        }
    }

    /// - Parameter resident: by how much the process has grown since the connections stood.
    private func report(_ from: Snapshot, _ to: Snapshot, resident: Int) {
        let elapsed = (to.time - from.time).inSeconds
        let delivered = to.received - from.received
        var report = Report(mode: "fanout")
        report.add("receivers", receivers)
        report.add("delivered_pps", Double(delivered) / elapsed)
        report.add("cpu_us_per_packet", (to.process - from.process) * 1e6 / Double(max(1, delivered)))
        report.add("lost", to.lost)
        report.add("resident_mb", Double(ProcessUsage.residentBytes) / 1e6)
        report.add("rss_kb_per_receiver", Double(resident) / 1024 / Double(receivers))
        report.print()
    }

    /// What all receivers have got, and what it has cost until then.
    private struct Snapshot {
        var received = 0
        var lost = 0
        let process: Double
        let time: ContinuousClock.Instant

        init(_ pairs: [BenchPair]) async throws {
            for pair in pairs {
                for stats in await pair.answerer.getStats().entries.values {
                    guard case .inboundRTP(let stream) = stats else { continue }
                    received += Int(stream.packetsReceived)
                    lost += Int(stream.packetsLost)
                }
            }
            process = ProcessUsage.processorSeconds
            time = .now
        }
    }
}
