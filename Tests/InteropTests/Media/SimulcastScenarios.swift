import JSEP
import Testing
import WebRTC

/// A browser sends one picture in three sizes.
enum SimulcastScenarios {
    private static let rids = ["q", "h", "f"]

    /// Each of them comes, with its name and in its size.
    static func three(_ test: InteropCase) async throws {
        let connection = test.ours.connection
        let events = connection.tracks
        if test.role == .offers {
            let transceiver = try await connection.addTransceiver(
                .video, options: .init(direction: .recvonly, receiveEncodings: rids))
            let codecs = RTPReceiver.capabilities(.video).codecs
            try transceiver.setCodecPreferences(
                codecs.filter { $0.mimeType == "video/VP8" || $0.mimeType == "video/rtx" })
        }
        var media: JSONValue = ["video": true, "codec": "video/VP8", "scale": 4, "sizes": true]
        if test.role == .answers {
            media = [
                "video": true, "codec": "video/VP8", "scale": 4,
                "encodings": [
                    ["rid": "q", "scaleResolutionDownBy": 4], ["rid": "h", "scaleResolutionDownBy": 2],
                    ["rid": "f", "scaleResolutionDownBy": 1],
                ],
            ]
        }
        try await test.connect(sending: media)
        var arrivals = events.makeAsyncIterator()
        let event = try #require(await arrivals.next())
        var frames: [String: [MediaFrame]] = [:]
        for await frame in event.track.frames {
            frames[frame.streamID ?? "", default: []].append(frame)
            if frames.count == rids.count, frames.values.allSatisfy({ $0.count >= 20 }) { break }
        }
        #expect(Set(frames.keys) == Set(rids))
        var widths: [String: Int] = [:]
        for (rid, frames) in frames {
            #expect(frames[0].isKeyFrame, "\(rid)")
            widths[rid] = frames.first { $0.isKeyFrame }.map { Int($0.data[6]) | Int($0.data[7] & 0x3F) << 8 }
            let numbers = try await CountingStream.numbers(in: frames, .vp8)
            #expect(numbers.count == frames.count && Set(numbers).count > 15, "\(rid): \(numbers)")
        }
        let sizes = rids.map { widths[$0] ?? 0 }
        #expect(sizes[0] > 0 && sizes[0] < sizes[1] && sizes[1] < sizes[2], "\(widths)")
        try await compareStats(test)
        try await test.theirs.perform("endMedia", [:])
        await test.close()
    }

    /// Both ends name the same sources, and theirs have the names of the encodings.
    private static func compareStats(_ test: InteropCase) async throws {
        let theirs = try await test.theirs.perform("stats", ["types": ["outbound-rtp"]]).array
        #expect(Set(theirs.compactMap { $0["rid"].string }) == Set(rids))
        let ours = await test.ours.connection.getStats().inboundRTP
        #expect(Set(ours.map { Int($0.ssrc) }) == Set(theirs.compactMap { $0["ssrc"].integer }))
        for stream in ours { #expect(stream.framesReceived ?? 0 >= 20, "\(stream)") }
    }
}
