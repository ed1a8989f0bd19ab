import Foundation
import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("STA: getStats of media", .timeLimit(.minutes(3)))
struct MediaStatisticsTests {
    private let pair: ConnectedPair

    init() throws { pair = try ConnectedPair() }

    /// Sends tracks of `a`, connects, and gives the tracks that `b` receives, by their kind.
    private func send(_ tracks: [MediaStreamTrack]) async throws -> [MediaKind: MediaStreamTrack] {
        let events = pair.b.tracks
        for track in tracks { try await pair.a.addTrack(track) }
        try await pair.negotiate()
        var received: [MediaKind: MediaStreamTrack] = [:]
        for await event in events {
            received[event.track.kind] = event.track
            if received.count == tracks.count { break }
        }
        try await pair.a.connected()
        try await pair.b.connected()
        return received
    }

    private func frame(_ kind: MediaKind, _ number: Int) -> MediaFrame {
        kind == .audio
            // Opus: 20 ms in one frame.
            ? MediaFrame(codec: "audio/opus", data: [0xFC, 1, 2], timestamp: .milliseconds(20 * number))
            // VP8: the first bit says that it is a key frame.
            : MediaFrame(
                codec: "video/VP8", data: [0] + [UInt8](repeating: 7, count: 2999),
                timestamp: .milliseconds(33 * number))
    }

    /// Sends a frame and waits until it has come, again and again until something is so.
    private func flow(
        _ track: MediaStreamTrack, to received: MediaStreamTrack, until isDone: () async throws -> Bool
    ) async throws {
        var frames = received.frames.makeAsyncIterator()
        var number = 0
        repeat {
            try track.send(frame(track.kind, number))
            number += 1
            _ = await frames.next()
        } while try await !isDone()
    }

    @Test("STA-02 a track as the selector gives what concerns it alone; one that is not there, or twice, is refused")
    func selector() async throws {
        let (sound, picture) = (MediaStreamTrack(.audio), MediaStreamTrack(.video))
        _ = try await send([sound, picture])
        await expect(.invalidAccess) { _ = try await pair.a.getStats(for: MediaStreamTrack(.audio)) }
        let report = try await pair.a.getStats(for: sound)
        #expect(report.outboundRTP.map(\.kind) == [.audio] && report.mediaSources.map(\.trackIdentifier) == [sound.id])
        #expect(report.transports.count == 1 && report.peerConnection == nil)
        #expect(report.entries.values.contains { $0.kind == .certificate })
        try await pair.a.addTransceiver(sending: sound)
        await expect(.invalidAccess) { _ = try await pair.a.getStats(for: sound) }
        await pair.close()
    }

    @Test("STA-04 senders and receivers give their own streams, and what these name")
    func ends() async throws {
        let (sound, picture) = (MediaStreamTrack(.audio), MediaStreamTrack(.video))
        let received = try await send([sound, picture])
        try await flow(picture, to: try #require(received[.video])) {
            await !pair.b.getStats().inboundRTP.isEmpty
        }
        for sender in pair.a.senders {
            let report = await sender.getStats()
            #expect(report.outboundRTP.map(\.kind) == [sender.kind] && report.inboundRTP.isEmpty)
            #expect(report.mediaSources.map(\.kind) == [sender.kind] && report.transports.count == 1)
        }
        for receiver in pair.b.receivers {
            let report = await receiver.getStats()
            #expect(report.inboundRTP.map(\.trackIdentifier) == (receiver.kind == .video ? [receiver.track.id] : []))
            #expect(report.entries.isEmpty == (receiver.kind == .audio), "nothing was heard of the sound yet")
        }
        let sender = try #require(pair.a.senders.first)
        await pair.close()
        #expect(await sender.getStats().entries.isEmpty)
    }

    @Test(
        "STA-09 streams have an entry at each end, and one of what the other end reports", arguments: MediaKind.allCases
    )
    func streams(kind: JSEP.MediaKind) async throws {
        let track = MediaStreamTrack(kind)
        let received = try #require(try await send([track])[kind])
        try await flow(track, to: received) {
            let (a, b) = (await pair.a.getStats(), await pair.b.getStats())
            return a.remoteInboundRTP.first?.roundTripTime != nil && !b.remoteOutboundRTP.isEmpty
        }
        let (a, b) = (await pair.a.getStats(), await pair.b.getStats())
        let sent = try #require(a.outboundRTP.first)
        let inbound = try #require(b.inboundRTP.first)
        #expect(sent.kind == kind && inbound.kind == kind && sent.ssrc == inbound.ssrc && sent.active)
        #expect(sent.mid == inbound.mid && sent.mid == pair.a.transceivers.first?.mid)
        #expect(inbound.trackIdentifier == received.id && inbound.packetsLost == 0)
        // All that was sent has come, as each frame was waited for.
        #expect(sent.packetsSent == inbound.packetsReceived && sent.bytesSent == inbound.bytesReceived)
        #expect(sent.headerBytesSent == inbound.headerBytesReceived)
        #expect(sent.headerBytesSent >= 12 * sent.packetsSent)
        let size = kind == .audio ? 3 : 3000
        #expect(sent.bytesSent >= UInt64(size) && sent.retransmittedPacketsSent == 0)
        #expect((0..<1).contains(inbound.jitter) && (inbound.jitterBufferDelay ?? -1) >= 0)
        let isVideo = kind == .video
        #expect((sent.framesSent != nil) == isVideo && (sent.encodingIndex != nil) == isVideo)
        #expect((sent.pliCount != nil) == isVideo && (inbound.firCount != nil) == isVideo)
        #expect(inbound.framesReceived == sent.framesSent)
        // 960 samples in each packet of sound.
        let emitted = isVideo ? sent.framesSent.map { UInt64($0) } : sent.packetsSent * 960
        #expect(inbound.jitterBufferEmittedCount == emitted)
        #expect(abs((inbound.lastPacketReceivedTimestamp ?? 0) - inbound.timestamp) < 60_000)

        let heard = try #require(a.remoteInboundRTP.first)
        #expect(sent.remoteId == heard.id && heard.localId == sent.id && heard.ssrc == sent.ssrc)
        #expect((0..<1).contains(heard.roundTripTime ?? -1) && heard.roundTripTimeMeasurements >= 1)
        #expect(heard.totalRoundTripTime >= (heard.roundTripTime ?? 1) || heard.roundTripTimeMeasurements > 1)
        #expect(heard.fractionLost == 0 && heard.packetsLost == 0 && heard.packetsReceived <= sent.packetsSent)
        #expect(heard.packetsReceived > 0 && heard.timestamp <= sent.timestamp)
        let told = try #require(b.remoteOutboundRTP.first)
        #expect(inbound.remoteId == told.id && told.localId == inbound.id && told.ssrc == inbound.ssrc)
        #expect(told.reportsSent >= 1 && told.packetsSent > 0 && told.packetsSent <= sent.packetsSent)
        #expect(abs((told.remoteTimestamp ?? 0) - told.timestamp) < 60_000)
        for report in [a, b] {
            for entry in report.entries.values { #expect(report[entry.id] == entry) }
        }
        let json = try JSONEncoder().encode(a)
        #expect(try JSONDecoder().decode(StatsReport.self, from: json) == a)
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: [String: Any]])
        let types = Set(object.values.compactMap { $0["type"] as? String })
        #expect(types.isSuperset(of: ["outbound-rtp", "remote-inbound-rtp", "codec", "media-source"]))
        try expectNames(in: a)
        try expectNames(in: b)
        await pair.close()
    }

    /// Expects each member of the JSON to have a name that W3C webrtc-stats gives to its type, and
    /// those that it requires to be there.
    private func expectNames(in report: StatsReport) throws {
        let stream: Set = ["id", "timestamp", "type", "ssrc", "kind", "transportId", "codecId"]
        let received = stream.union([
            "packetsReceived", "packetsLost", "jitter", "packetsReceivedWithEct1", "packetsReceivedWithCe",
        ])
        let sent = stream.union(["packetsSent", "bytesSent"])
        let names: [String: Set<String>] = [
            "inbound-rtp": received.union([
                "trackIdentifier", "mid", "remoteId", "lastPacketReceivedTimestamp", "headerBytesReceived",
                "packetsDiscarded", "bytesReceived", "nackCount", "firCount", "pliCount", "jitterBufferDelay",
                "jitterBufferEmittedCount", "framesReceived", "retransmittedPacketsReceived",
                "retransmittedBytesReceived", "rtxSsrc",
            ]),
            "remote-inbound-rtp": received.union([
                "localId", "roundTripTime", "totalRoundTripTime", "fractionLost", "roundTripTimeMeasurements",
            ]),
            "outbound-rtp": sent.union([
                "mid", "mediaSourceId", "remoteId", "rid", "encodingIndex", "headerBytesSent",
                "retransmittedPacketsSent", "retransmittedBytesSent", "rtxSsrc", "framesSent", "nackCount", "firCount",
                "pliCount", "active",
            ]),
            "remote-outbound-rtp": sent.union(["localId", "remoteTimestamp", "reportsSent"]),
            "codec": [
                "id", "timestamp", "type", "payloadType", "transportId", "mimeType", "clockRate", "channels",
                "sdpFmtpLine",
            ],
            "media-source": ["id", "timestamp", "type", "trackIdentifier", "kind"],
        ]
        let data = try JSONEncoder().encode(report)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
        for entry in object.values {
            guard let type = entry["type"] as? String, let allowed = names[type] else { continue }
            #expect(Set(entry.keys).isSubset(of: allowed), "\(type)")
            let required = type.hasSuffix("rtp") ? ["ssrc", "kind", "transportId"] : ["id", "timestamp"]
            #expect(required.allSatisfy { entry[$0] != nil }, "\(type)")
        }
    }

    @Test("STA-10 the codec of a stream and the track that it comes from have entries")
    func codecs() async throws {
        let track = MediaStreamTrack(.audio)
        let received = try #require(try await send([track])[.audio])
        #expect(await pair.a.getStats().codecs.isEmpty, "a codec that no stream is in is not told of")
        try await flow(track, to: received) { true }
        let (a, b) = (await pair.a.getStats(), await pair.b.getStats())
        for (report, id) in [(a, a.outboundRTP.first?.codecId), (b, b.inboundRTP.first?.codecId)] {
            guard case .codec(let codec) = report[try #require(id)] else { throw CocoaError(.keyValueValidation) }
            #expect(codec.mimeType == "audio/opus" && codec.clockRate == 48_000 && codec.channels == 2)
            #expect(codec.transportId == report.transport?.id && codec.payloadType < 128)
            #expect(report.codecs == [codec])
        }
        let source = try #require(a.mediaSources.first)
        #expect(source.trackIdentifier == track.id && source.kind == .audio && b.mediaSources.isEmpty)
        #expect(a.outboundRTP.first?.mediaSourceId == source.id)
        try pair.a.senders[0].replaceTrack(nil)
        let without = await pair.a.getStats()
        #expect(without.mediaSources.isEmpty && without.outboundRTP.first?.mediaSourceId == nil)
        await pair.close()
    }

    @Test(
        "STA-17 an outbound stream has an entry from the answer until its transceiver is stopped, also while inactive")
    func outboundLife() async throws {
        let track = MediaStreamTrack(.video)
        let sender = try await pair.a.addTrack(track)
        #expect(await pair.a.getStats().outboundRTP.isEmpty)
        let transceiver = try #require(pair.a.transceivers.first { $0.sender === sender })
        try await pair.a.setLocalDescription()
        #expect(await pair.a.getStats().outboundRTP.isEmpty)
        try await pair.b.setRemoteDescription(try #require(pair.a.localDescription))
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(try #require(pair.b.localDescription))
        let first = try #require(await pair.a.getStats().outboundRTP.first)
        #expect(first.packetsSent == 0 && first.codecId == nil && first.remoteId == nil)
        try await pair.a.connected()
        try await pair.b.connected()
        try await flow(track, to: pair.b.receivers[0].track) { true }
        let before = try #require(await pair.a.getStats().outboundRTP.first)
        #expect(before.packetsSent > 0 && before.id == first.id)

        try transceiver.setDirection(.inactive)
        try await pair.negotiate()
        let paused = try #require(await pair.a.getStats().outboundRTP.first)
        #expect(paused.id == first.id && paused.packetsSent == before.packetsSent && !paused.active)
        #expect(await pair.b.getStats().inboundRTP.count == 1)
        try transceiver.setDirection(.sendonly)
        try await pair.negotiate()
        try await flow(track, to: pair.b.receivers[0].track) { true }
        let (after, inbound) = (await pair.a.getStats().outboundRTP, await pair.b.getStats().inboundRTP)
        #expect(after.first?.id == first.id && (after.first?.packetsSent ?? 0) > before.packetsSent)
        #expect(inbound.map(\.packetsReceived) == after.map(\.packetsSent))

        try transceiver.stop()
        #expect(await pair.a.getStats().outboundRTP.count == 1)
        try await pair.negotiate()
        #expect(await pair.a.getStats().outboundRTP.isEmpty)
        #expect(await pair.b.getStats().inboundRTP.isEmpty)
        await pair.close()
    }

    @Test("STA-18 an inbound stream has an entry from its first packet on")
    func inboundLife() async throws {
        let track = MediaStreamTrack(.audio)
        let received = try #require(try await send([track])[.audio])
        let before = await pair.b.getStats()
        #expect(before.inboundRTP.isEmpty && before.codecs.isEmpty)
        try await flow(track, to: received) { true }
        #expect(await pair.b.getStats().inboundRTP.map(\.packetsReceived) == [1])
        await pair.close()
    }
}
