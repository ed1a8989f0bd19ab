import Foundation
import JSEP
import Testing
import WebRTC

/// Media between our end and a browser's. Written once for all of them.
enum MediaScenarios {
    /// They send a picture and a tone; we read frames of both.
    static func receiving(_ test: InteropCase) async throws {
        let connection = test.ours.connection
        let events = connection.tracks
        if test.role == .offers {
            try await connection.addTransceiver(.video, options: .init(direction: .recvonly))
            try await connection.addTransceiver(.audio, options: .init(direction: .recvonly))
        }
        let media: JSONValue = ["video": true, "audio": true]
        if test.role == .answers { try await test.theirs.perform("sendMedia", media) }
        switch test.role {
        case .offers: try await test.pair.connect(sending: media, from: test.theirs)
        case .answers: try await test.pair.connect(.trickle)
        }
        var tracks: [MediaStreamTrack] = []
        for await event in events {
            tracks.append(event.track)
            if tracks.count == 2 { break }
        }
        try await withThrowingTaskGroup { group in
            for track in tracks {
                group.addTask {
                    var frames: [MediaFrame] = []
                    for await frame in track.frames {
                        frames.append(frame)
                        if frames.count == 60 { break }
                    }
                    let times = frames.map(\.timestamp)
                    #expect(times == times.sorted(), "\(track.kind)")
                    #expect(frames.first?.isKeyFrame == true)
                    let span = (times.last ?? .zero) - (times.first ?? .zero)
                    let expected = Duration.milliseconds(track.kind == .video ? 59 * 33 : 59 * 20)
                    #expect(span > expected / 2 && span < expected * 2, "\(track.kind): \(span)")
                    #expect(!track.isMuted)
                }
            }
            try await group.waitForAll()
        }
        try await test.theirs.perform("endMedia", [:])
        await test.close()
    }

    /// We send a picture that counts itself; they show it, and the count rises.
    static func sending(_ test: InteropCase, _ codec: String) async throws {
        let stream = try await CountingStream(codec, seconds: 4)
        let connection = test.ours.connection
        let track = MediaStreamTrack(.video)
        try await test.theirs.perform("watch", [:])
        try await connection.addTrack(track, streams: [MediaStream([track])])
        if test.role == .answers { try await test.theirs.perform("addTransceivers", ["kinds": ["video"]]) }
        let player = stream.play(on: track)
        defer { player.stop() }
        try await test.pair.connect(.trickle)
        let first = try await test.theirs.perform("pictureAfter", ["number": 0]).integer
        let number = try #require(first)
        let next = try await test.theirs.perform("pictureAfter", ["number": .number(Double(number))]).integer
        #expect(try #require(next) > number)
        let received = try await test.theirs.perform(
            "statAbove", ["type": "inbound-rtp", "kind": "video", "member": "framesDecoded", "value": 60])
        #expect(received["framesDecoded"].integer ?? 0 > 60)
        await test.close()
    }
}

extension InteropPair {
    /// Connects; the answerer adds its media before it answers.
    func connect(sending media: JSONValue, from peer: RemotePeer) async throws {
        let offer = try await offerer.describeLocally(complete: true)
        try await answerer.setRemoteDescription(offer)
        try await peer.perform("sendMedia", media)
        try await offerer.setRemoteDescription(try await answerer.describeLocally(complete: true))
        try await offerer.log.expect(.state("connected"))
        try await answerer.log.expect(.state("connected"))
    }
}
