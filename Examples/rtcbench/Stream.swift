import ArgumentParser
import EstimatorModel
import Foundation
internal import ICE
internal import JSEP
import WebRTC

struct Stream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One end of a stream of pictures between two processes.",
        discussion: """
            The two ends hand each other complete descriptions as the files 'offer' and 'answer' in a directory. The \
            offerer sends pictures as large as the estimate allows, as an encoder does that follows it; the \
            answerer tells what it has got in each tenth of a second, and writes 'done'. Either end may be another \
            program: see Examples/rtcbench/estimates.
            """)

    @Option(help: "Which end this is: offer or answer.") var role: Peer.Role
    @Option(help: "The directory that both ends see.") var exchange: String
    @Option(help: "Seconds to measure, from the first packet on.") var seconds = 20.0
    @Flag(help: "The offerer writes each estimate to standard error: the time in seconds, and kbit/s.")
    var trace = false
    @Flag(help: "The offerer sends packets that queues may mark instead of dropping them.")
    var ecn = false

    func validate() throws {
        guard seconds > 0 else { throw ValidationError("it has to be more than 0 seconds") }
    }

    func run() async throws {
        let connection = try PeerConnection(
            configuration: .init(ice: .init(includesLoopback: true), ecnCapableMedia: ecn && role == .offer))
        let files = Exchange(directory: exchange)
        try await files.run(
            role, connection, offer: { try await offer($0, files) }, answer: { try await answer($0, files) })
    }

    private func offer(_ connection: PeerConnection, _ files: Exchange) async throws {
        let track = MediaStreamTrack(.video)
        _ = try await connection.addTrack(track)
        try await files.offer(on: connection)
        try await connection.connected()
        let sending = Task { try await send(track, on: connection) }
        let tracing = Task { if trace { await follow(connection) } }
        _ = try await files.read("done")
        tracing.cancel()
        sending.cancel()
        _ = await sending.result
    }

    private func send(_ track: MediaStreamTrack, on connection: PeerConnection) async throws {
        let start = ContinuousClock.now
        var source = ModelSource(.video(keyFrameInterval: 300), seed: 1)
        var number = 0
        while !Task.isCancelled {
            let time = Duration.microseconds(source.nextTime)
            try await Task.sleep(until: start + time, clock: .continuous)
            let estimate = connection.availableOutgoingBitrate ?? 300_000
            let size = source.packets(at: source.nextTime, estimate: Double(estimate)).reduce(0, +)
            var data = [UInt8](repeating: 0, count: max(1, size))
            // VP8, as far as anybody looks.
            data[0] = number % 300 == 0 ? 0 : 1
            try track.send(
                MediaFrame(codec: "video/VP8", data: data, timestamp: time, isKeyFrame: number % 300 == 0))
            number += 1
        }
    }

    private func follow(_ connection: PeerConnection) async {
        for await estimate in connection.availableOutgoingBitrates {
            let line = String(format: "%.2f %.0f\n", Date().timeIntervalSince1970, Double(estimate ?? 0) / 1000)
            FileHandle.standardError.write(Data(line.utf8))
        }
    }

    private func answer(_ connection: PeerConnection, _ files: Exchange) async throws {
        let events = connection.tracks
        try await files.answer(on: connection)
        for await event in events where event.track.kind == .video {
            for await _ in event.track.packets { break }
            break
        }
        let start = ContinuousClock.now
        var report = Report(mode: "stream")
        report.add("start", Date().timeIntervalSince1970)
        var samples: [Int] = []
        for number in 0...Int(seconds * 10) {
            try await Task.sleep(until: start + .milliseconds(100 * number), clock: .continuous)
            guard let transport = await connection.getStats().transport else { continue }
            // Each packet has an IP and a UDP header.
            samples.append(Int(transport.bytesReceived) + 28 * Int(transport.packetsReceived))
        }
        let marked = await connection.getStats().inboundRTP.compactMap(\.packetsReceivedWithCe)
        if !marked.isEmpty { report.add("marked", Int(marked.reduce(0, +))) }
        report.add("bytes", zip(samples.dropFirst(), samples).map { $0 - $1 })
        report.print()
        try files.write("done\n", to: "done")
    }
}
