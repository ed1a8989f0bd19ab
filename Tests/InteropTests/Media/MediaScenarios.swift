import Foundation
import JSEP
import RTP
import Testing
import TransportTypes
import WebRTC

/// Media between our end and another program's. Written once for all of them.
enum MediaScenarios {
    /// They send a picture that counts itself and a tone; we read frames of both, and ffmpeg decodes the pictures.
    ///
    /// - Parameter cipher: the protection profile that both ends have and the DTLS server likes best.
    static func receiving(
        _ test: InteropCase, _ codec: TestCodec, cipher: SRTPProfile = .aeadAES128GCM
    ) async throws {
        let connection = test.ours.connection
        let events = connection.tracks
        if test.role == .offers {
            let transceiver = try await connection.addTransceiver(.video, options: .init(direction: .recvonly))
            // Who answers sends what comes first in the offer.
            let codecs = RTPReceiver.capabilities(.video).codecs
            try transceiver.setCodecPreferences(
                codecs.filter { $0.mimeType == codec.rawValue || $0.mimeType == "video/rtx" })
            try await connection.addTransceiver(.audio, options: .init(direction: .recvonly))
        }
        let media: JSONValue = ["video": true, "audio": true, "codec": .string(codec.rawValue)]
        try await test.connect(sending: media)
        try await expectMedia(in: events, codec)
        #expect(await connection.getStats().transport?.srtpCipher == cipher.name)
        try await test.theirs.perform("endMedia", [:])
        await test.close()
    }

    /// Pictures that count themselves and sounds come on two tracks, whole and in their time.
    static func expectMedia(in events: EventSequence<TrackEvent>, _ codec: TestCodec) async throws {
        var tracks: [MediaKind: MediaStreamTrack] = [:]
        for await event in events {
            tracks[event.track.kind] = event.track
            if tracks.count == 2 { break }
        }
        let (video, audio) = (try #require(tracks[.video]), try #require(tracks[.audio]))
        async let pictures = frames(of: video, count: 60)
        async let sounds = frames(of: audio, count: 60)
        let (seen, heard) = try await (pictures, sounds)
        for (frames, step) in [(seen, 33), (heard, 20)] {
            let times = frames.map(\.timestamp)
            #expect(times == times.sorted())
            let span = (times.last ?? .zero) - (times.first ?? .zero)
            #expect(span > .milliseconds(59 * step) / 2 && span < .milliseconds(59 * step) * 3, "\(span)")
        }
        #expect(seen[0].isKeyFrame && seen.allSatisfy { $0.codec == codec.rawValue })
        #expect(heard.allSatisfy { $0.codec == "audio/opus" && !$0.isLoss })
        let numbers = try await CountingStream.numbers(in: seen, codec)
        #expect(numbers.count == seen.count)
        // What one end draws while the other one takes no picture is skipped. A picture of few bits may be misread.
        let steps = zip(numbers, numbers.dropFirst()).filter { $1 < $0 }
        #expect(steps.count <= 2 && Set(numbers).count > 50, "\(numbers)")
    }

    private static func frames(of track: MediaStreamTrack, count: Int) async throws -> [MediaFrame] {
        var frames: [MediaFrame] = []
        for await frame in track.frames {
            frames.append(frame)
            if frames.count == count { break }
        }
        return frames
    }

    /// What can be sent, in bit/s, before anything is known of the way.
    private static let assumedBitrate = 300_000

    /// We send a picture that counts itself and a tone; they show the picture, the count rises, and the tone has its pitch.
    ///
    /// - Parameters:
    ///   - hears: whether the other program can say what it hears.
    ///   - cipher: the protection profile that both ends have and the DTLS server likes best.
    ///   - tellsArrivals: whether it says when packets have arrived.
    static func sending(
        _ test: InteropCase, _ codec: TestCodec, hears: Bool = true, tellsArrivals: Bool = false,
        cipher: SRTPProfile = .aeadAES128GCM
    ) async throws {
        async let pictures = CountingStream(codec, seconds: 4)
        async let sounds = ToneStream(seconds: 4)
        let (picture, tone) = try await (pictures, sounds)
        let connection = test.ours.connection
        let (video, audio) = (MediaStreamTrack(.video), MediaStreamTrack(.audio))
        let stream = MediaStream([video, audio])
        try await test.theirs.perform("watch", ["codec": .string(codec.rawValue)])
        for track in [video, audio] { try await connection.addTrack(track, streams: [stream]) }
        if test.role == .answers { try await test.theirs.perform("addTransceivers", ["kinds": ["video", "audio"]]) }
        let players = [picture.play(on: video), tone.play(on: audio)]
        defer { for player in players { player.stop() } }
        // That it can be more than was assumed, only the peer's feedback shows, and a probe that it was sent.
        let found = Task {
            for await rate in connection.availableOutgoingBitrates where rate ?? 0 > Self.assumedBitrate {
                return rate ?? 0
            }
            return 0
        }
        try await test.pair.connect(.trickle)
        let first = try await test.theirs.perform("pictureAfter", ["number": 0]).integer
        let number = try #require(first)
        let next = try await test.theirs.perform("pictureAfter", ["number": .number(Double(number))]).integer
        #expect(try #require(next) > number)
        if hears {
            let pitch = try #require(try await test.theirs.perform("toneAbove", ["hertz": 400]).integer)
            #expect(abs(pitch - ToneStream.pitch) < 40)
        }
        for (kind, member) in [("video", "framesDecoded"), ("audio", "packetsReceived")] {
            let received = try await test.theirs.perform(
                "statAbove", ["type": "inbound-rtp", "kind": .string(kind), "member": .string(member), "value": 60])
            #expect(received[member].integer ?? 0 > 60)
        }
        #expect(await connection.getStats().transport?.srtpCipher == cipher.name)
        if tellsArrivals {
            #expect(await found.value > Self.assumedBitrate)
            #expect(await connection.getStats().selectedCandidatePair?.availableOutgoingBitrate != nil)
        }
        await test.close()
    }

    /// Sound both ways, each packet of which repeats the one before it (RED, RFC 2198): so it is where that comes first
    /// in what both have agreed on.
    static func redundant(_ test: InteropCase) async throws {
        let tone = try await ToneStream(seconds: 4)
        let connection = test.ours.connection
        let (track, events) = (MediaStreamTrack(.audio), connection.tracks)
        try await connection.addTrack(track, streams: [MediaStream([track])])
        let codecs = RTPSender.capabilities(.audio).codecs
        let preferred = ["audio/red", "audio/opus"].flatMap { name in codecs.filter { $0.mimeType == name } }
        let transceiver = try #require(connection.transceivers.first)
        try transceiver.setCodecPreferences(preferred)
        try await test.theirs.perform("watch", [:])
        let player = tone.play(on: track)
        defer { player.stop() }
        try await test.connect(sending: ["audio": true])
        var arrivals = events.makeAsyncIterator()
        let theirs = try #require(await arrivals.next())
        let (frames, packets) = (theirs.track.frames, theirs.track.packets)
        let red = try #require(theirs.receiver.getParameters().codecs.first { $0.codec.mimeType == "audio/red" })
        var count = 0
        for await packet in packets where packet.payloadType == red.payloadType {
            count += 1
            if count == 60 { break }
        }
        count = 0
        for await frame in frames where frame.codec == "audio/opus" && !frame.isLoss {
            count += 1
            if count == 60 { break }
        }
        let pitch = try #require(try await test.theirs.perform("toneAbove", ["hertz": 400]).integer)
        #expect(abs(pitch - ToneStream.pitch) < 40)
        // What arrives there has each frame twice.
        let received = try await test.theirs.perform(
            "statAbove", ["type": "inbound-rtp", "kind": "audio", "member": "packetsReceived", "value": 60])
        let size = tone.frames.reduce(0) { $0 + $1.data.count } / tone.frames.count
        let bytes = try #require(received["bytesReceived"].integer) / #require(received["packetsReceived"].integer)
        #expect(bytes > size * 3 / 2, "\(bytes) for frames of \(size)")
        await test.close()
    }
}

extension InteropCase {
    /// Connects; the other program sends its media from the first description on.
    func connect(sending media: JSONValue) async throws {
        guard role == .offers else {
            try await theirs.perform("sendMedia", media)
            return try await pair.connect(.trickle)
        }
        let (offerer, answerer) = (pair.offerer, pair.answerer)
        let offer = try await offerer.describeLocally(complete: true)
        try await answerer.setRemoteDescription(offer)
        try await theirs.perform("sendMedia", media)
        try await offerer.setRemoteDescription(try await answerer.describeLocally(complete: true))
        try await offerer.log.expect(.state("connected"))
        try await answerer.log.expect(.state("connected"))
    }
}
