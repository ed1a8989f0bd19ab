import ArgumentParser
import Foundation
import ICE
import JSEP
import WebRTC

/// Media from one connection to another: what a packet costs at each end.
struct Media: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends pictures from one connection to another in this process.",
        discussion: """
            Each end has a thread of its own, whose processor time is told by packet. With a bitrate pictures are \
            sent at their times, 30 a second; without one as fast as they are taken. With a number of pictures each is \
            sent once the one before has arrived, for a program that counts instructions: see \
            Examples/rtcbench/instructions.
            """)

    @Option(help: "Megabits a second; 0 for as many as there is time for.") var bitrate = 0.0
    @Option(help: "Seconds to measure, after the warm-up.") var seconds = 5.0
    @Option(help: "Seconds that come before those.") var warmUp = 1.0
    @Option(help: "Bytes of a picture, where no bitrate says it.") var pictureSize = 30_000

    @Option(help: "Ends after so many pictures, each sent once the one before has arrived.") var pictures: Int?

    func validate() throws {
        guard bitrate >= 0, seconds > 0, warmUp > 0, pictures ?? 1 > 0, (1...4_000_000).contains(pictureSize) else {
            throw ValidationError("every number has to be larger than 0, and a picture smaller than 4 MB")
        }
    }

    func run() async throws {
        let pair = try await BenchPair.connect()
        let track = MediaStreamTrack(.video)
        let events = pair.answerer.tracks
        _ = try await pair.offerer.addTrack(track)
        try await pair.negotiate()
        var received: MediaStreamTrack?
        for await event in events {
            received = event.track
            break
        }
        guard let received else { throw ValidationError("the track did not come") }
        if let pictures {
            try await exchange(pictures, track, received, pair)
            return await pair.close()
        }
        let reader = Task { for await _ in received.frames {} }
        let sender = Task { await flood(track) }
        try await Task.sleep(for: .seconds(warmUp))
        let from = try await Snapshot(pair)
        try await Task.sleep(for: .seconds(seconds))
        let to = try await Snapshot(pair)
        sender.cancel()
        reader.cancel()
        report(from, to)
        await pair.close()
    }

    private func exchange(
        _ count: Int, _ track: MediaStreamTrack, _ received: MediaStreamTrack, _ pair: BenchPair
    ) async throws {
        var frames = received.frames.makeAsyncIterator()
        let from = try await Snapshot(pair)
        for number in 0..<count {
            try track.send(picture(number, isKeyFrame: number % 30 == 0))
            _ = await frames.next()
        }
        report(from, try await Snapshot(pair))
    }

    private var size: Int { bitrate > 0 ? max(1, Int(bitrate * 1e6 / 8 / 30)) : pictureSize }

    /// VP8, as far as anybody looks.
    private func picture(_ number: Int, isKeyFrame: Bool) -> MediaFrame {
        var data = [UInt8](repeating: 0, count: size)
        data[0] = isKeyFrame ? 0 : 1
        return MediaFrame(
            codec: "video/VP8", data: data, timestamp: .seconds(Double(number) / 30), isKeyFrame: isKeyFrame)
    }

    private func flood(_ track: MediaStreamTrack) async {
        let start = ContinuousClock.now
        var number = 0
        while !Task.isCancelled {
            // Each 30th needs no other, or all of them where some find no room.
            let frame = picture(number, isKeyFrame: bitrate == 0 || number % 30 == 0)
            if bitrate > 0 { try? await Task.sleep(until: start + frame.timestamp, clock: .continuous) }
            if (try? track.send(frame)) == true { number += 1 } else { await Task.yield() }
            if bitrate == 0, number % 4 == 0 { try? await Task.sleep(for: .microseconds(200)) }
        }
    }

    private func report(_ from: Snapshot, _ to: Snapshot) {
        let elapsed = (to.time - from.time).inSeconds
        let (sent, received) = (to.packetsSent - from.packetsSent, to.packetsReceived - from.packetsReceived)
        var report = Report(mode: "media")
        report.add("picture_size", size)
        report.add("packets", sent)
        report.add("packets_s", Double(sent) / elapsed)
        report.add("mbit_s", Double(to.bytesReceived - from.bytesReceived) * 8 / 1e6 / elapsed)
        report.add("lost", sent - received)
        report.add("sender_us", (to.loops[0] - from.loops[0]) * 1e6 / Double(sent))
        report.add("receiver_us", (to.loops[1] - from.loops[1]) * 1e6 / Double(received))
        report.add("process_us", (to.process - from.process) * 1e6 / Double(received))
        report.print()
    }

    /// What has gone over the pair, when, and what it cost until then.
    private struct Snapshot {
        let time: ContinuousClock.Instant
        let packetsSent: Int
        let packetsReceived: Int
        let bytesReceived: Int
        /// Processor seconds of the threads of both ends, and of all.
        let loops: [Double]
        let process: Double

        init(_ pair: BenchPair) async throws {
            let ends = (await pair.offerer.getStats().transport, await pair.answerer.getStats().transport)
            guard let sender = ends.0, let receiver = ends.1 else { throw ValidationError("there is no transport") }
            packetsSent = Int(sender.packetsSent)
            packetsReceived = Int(receiver.packetsReceived)
            bytesReceived = Int(receiver.bytesReceived)
            loops = [ProcessUsage.seconds(ofThread: "rtc-loop-0"), ProcessUsage.seconds(ofThread: "rtc-loop-1")]
            process = ProcessUsage.processorSeconds
            time = .now
        }
    }
}
