import JSEP
import Testing

@testable import RTP
@testable import WebRTC

@Suite("Tracks of several streams, on their way to a sender")
struct TrackSendingTests {
    private func frame(_ stream: String?, _ number: Int, isKey: Bool = false) -> MediaFrame {
        var frame = MediaFrame(
            codec: "video/VP8", data: [isKey ? 0 : 1, UInt8(truncatingIfNeeded: number)],
            timestamp: .milliseconds(33 * number), isKeyFrame: isKey)
        frame.streamID = stream
        return frame
    }

    private func frames(_ items: some Sequence<TrackOutbox.Item>) -> [MediaFrame] {
        items.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    @Test("each of them turns black, and each waits for its own picture that needs no other")
    func muting() {
        var muting = TrackMuting()
        for (name, number) in [("h", 1), ("l", 1)] { _ = muting.pass(.frame(frame(name, number, isKey: true)), .video) }
        let (blacks, isBack) = muting.set(false, .video)
        #expect(blacks.map(\.streamID) == ["h", "l"] && blacks.allSatisfy(\.isKeyFrame) && !isBack)
        #expect(muting.pass(.frame(frame("h", 2)), .video) == nil)
        #expect(muting.set(true, .video).needsKeyFrame)
        let passed = [
            frame("h", 3), frame("l", 3, isKey: true), frame("h", 4), frame("l", 4), frame("h", 5, isKey: true),
        ]
        .compactMap { muting.pass(.frame($0), .video) }
        #expect(frames(passed).map { "\($0.streamID ?? "")\($0.data[1])" } == ["l3", "l4", "h5"])
    }

    /// What has come of a track to who sends it on: the number of each picture, 0 for a black one, and its time.
    private func fed(_ items: EventSequence<FedItem>) async -> [(number: UInt8, at: Duration)] {
        var pictures: [(UInt8, Duration)] = []
        for await item in items {
            guard case .frame(let frame) = item else { continue }
            pictures.append((frame.data == Silence.picture(codec: "vp8") ? 0 : frame.data[1], frame.timestamp))
        }
        return pictures
    }

    @Test("who sends a track on sees it black while it is not enabled, and what it keeps once it is again")
    func enabledAgain() async throws {
        for keeps in [true, false] {
            let track = MediaStreamTrack(.video, keepsGroupOfPictures: keeps)
            let items = track.fedItems
            for number in 1...3 { try track.send(frame(nil, number, isKey: number == 1)) }
            track.isEnabled = false
            for number in 4...5 { try track.send(frame(nil, number)) }
            track.isEnabled = true
            for number in 6...7 { try track.send(frame(nil, number, isKey: number == 7)) }
            track.stop()
            let pictures = await fed(items)
            // One that keeps nothing waits for a picture that needs no other.
            #expect(pictures.map(\.number) == (keeps ? [1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7] : [1, 2, 3, 0, 7]))
            #expect(zip(pictures, pictures.dropFirst()).allSatisfy { $0.at < $1.at }, "no time goes back")
        }
    }

    @Test("many threads feed a track, and who sends it on gets all of each in its order")
    func feeders() async throws {
        let track = MediaStreamTrack(.audio)
        let items = track.fedItems
        await withTaskGroup { group in
            for feeder in 0..<4 as Range<UInt8> {
                group.addTask {
                    for number in 0..<200 as Range<UInt8> {
                        _ = try? track.send(
                            MediaFrame(codec: "audio/opus", data: [feeder, number], timestamp: .zero, isKeyFrame: true))
                    }
                }
            }
            await group.waitForAll()
        }
        track.stop()
        var next: [UInt8: UInt8] = [:]
        for await item in items {
            guard case .frame(let frame) = item else { continue }
            #expect(frame.data[1] == next[frame.data[0], default: 0])
            next[frame.data[0], default: 0] += 1
        }
        #expect(next == [0: 200, 1: 200, 2: 200, 3: 200])
    }

    @Test("packets that were left out are followed by the wish for a picture that needs no other")
    func mutedPackets() throws {
        let packet = TrackOutbox.Item.packet(
            RTPPacket(payloadType: 96, sequenceNumber: 1, timestamp: 0, ssrc: 1, payload: [1]), codec: "video/VP8")
        var muting = TrackMuting()
        #expect(muting.pass(packet, .video) != nil && !muting.set(false, .video).needsKeyFrame)
        #expect(muting.pass(packet, .video) == nil && muting.set(true, .video).needsKeyFrame)
        #expect(muting.pass(packet, .video) != nil)
        #expect(!muting.set(false, .video).needsKeyFrame && !muting.set(true, .video).needsKeyFrame)
    }

    @Test("after one that found no room only those of its stream wait for a key frame")
    func full() {
        let outbox = TrackOutbox(.video) {}
        outbox.setActive(true)
        for number in 0..<TrackOutbox.maximumFrames { _ = outbox.enqueue(.frame(frame("l", number, isKey: true))) }
        #expect(!outbox.enqueue(.frame(frame("h", 0))).isAdmitted)
        #expect(outbox.take(now: .zero).items.count == TrackOutbox.maximumFrames)
        let next = [
            frame("l", 500), frame("h", 500), frame("l", 501, isKey: true), frame("h", 501),
            frame("h", 502, isKey: true), frame("h", 503),
        ]
        #expect(next.map { outbox.enqueue(.frame($0)).isAdmitted } == [true, false, true, false, true, true])
    }

    @Test("what a session says that another one has followed is not listened to")
    func owners() {
        final class Session {}
        let (before, next, outbox) = (Session(), Session(), TrackOutbox(.audio) {})
        #expect(outbox.setActive(true, by: before) == (true, false))
        #expect(outbox.setActive(true, by: before) == (false, false))
        #expect(outbox.setActive(true, by: next) == (true, true), "it begins elsewhere")
        outbox.setActive(false, by: before)
        _ = outbox.enqueue(.frame(frame(nil, 1)))
        #expect(outbox.take(now: .zero).items.count == 1)
        outbox.setActive(false, by: next)
        _ = outbox.enqueue(.frame(frame(nil, 2)))
        #expect(outbox.take(now: .zero).items.isEmpty)
        // The transceiver itself ends it, whoever sends.
        outbox.setActive(true, by: next)
        outbox.setActive(false)
        _ = outbox.enqueue(.frame(frame(nil, 3)))
        #expect(outbox.take(now: .zero).items.isEmpty)
    }

    @Test("of two tracks that are put in each other's place from two threads, one is sent in the end")
    func replacing() async throws {
        let connection = try PeerConnection()
        let tracks = [MediaStreamTrack(.audio), MediaStreamTrack(.audio)]
        let transceiver = try await connection.addTransceiver(sending: tracks[0])
        let outbox = transceiver.core.outbox
        for round in 0..<200 {
            await withTaskGroup { group in
                for track in tracks { group.addTask { try? transceiver.sender.replaceTrack(track) } }
            }
            outbox.setActive(true)
            for (index, track) in tracks.enumerated() {
                try track.send(MediaFrame(codec: "audio/opus", data: [UInt8(index)], timestamp: .zero))
            }
            let sent = frames(outbox.take(now: .zero).items)
            let isOne = sent.count == 1 && tracks[Int(sent.first?.data.first ?? 0)] === transceiver.sender.track
            #expect(isOne, "round \(round): \(sent.map(\.data))")
            outbox.setActive(false)
        }
        connection.close()
        await connection.closed()
    }
}
