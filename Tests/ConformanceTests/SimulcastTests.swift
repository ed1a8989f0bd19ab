import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("SIM: simulcast, encodings, parameters of senders", .timeLimit(.minutes(3)))
struct SimulcastTests {
    private let pair: ConnectedPair
    private let rollback = SessionDescription(type: .rollback, sdp: "")

    init() throws { pair = try ConnectedPair() }

    /// A section of a peer that wants to receive these encodings.
    private func wanting(
        _ rids: String..., kind: MediaKind = .video, direction: String = "recvonly"
    ) -> [String] {
        var section = Foreign.media(
            kind, mid: "0", direction: direction, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id")
        section += rids.map { "a=rid:\($0) recv" }
        return section + (rids.isEmpty ? [] : ["a=simulcast:recv " + rids.joined(separator: ";")])
    }

    private func offering(_ rids: [String] = ["q", "h", "f"]) async throws -> RTPSender {
        let encodings = rids.map { RTPEncodingParameters(rid: $0) }
        let transceiver = try await pair.a.addTransceiver(
            .video, options: .init(direction: .sendonly, sendEncodings: encodings))
        try await pair.a.setLocalDescription()
        return transceiver.sender
    }

    private func answer(_ section: [String]) -> SessionDescription {
        let text = Foreign.answer(section).sdp.replacing("setup:actpass", with: "setup:active")
        return SessionDescription(type: .answer, sdp: text)
    }

    @Test("SIM-01 an offer has a line for each encoding, and lists them in their order")
    func offer() async throws {
        _ = try await offering()
        let section = try #require(pair.a.localDescription?.sections.first)
        #expect(section.values(of: "rid") == ["q send", "h send", "f send"])
        #expect(section.values(of: "simulcast") == ["send q;h;f"])
    }

    @Test("SIM-02 an offer that receives simulcast is answered with the same encodings")
    func answered() async throws {
        try await pair.a.setRemoteDescription(Foreign.offer(wanting("1", "2")))
        try pair.a.transceivers[0].setDirection(.sendonly)
        try await pair.a.setLocalDescription()
        let section = try #require(pair.a.localDescription?.sections.first)
        #expect(section.direction == "sendonly" && section.values(of: "rid") == ["1 send", "2 send"])
        #expect(section.values(of: "simulcast") == ["send 1;2"])
    }

    @Test("SIM-04 the sender of a track takes the encodings that the peer's offer wants; of sound it has one")
    func adopted() async throws {
        let sender = try await pair.a.addTrack(MediaStreamTrack(.video))
        try await pair.a.setRemoteDescription(Foreign.offer(wanting("foo", "bar")))
        #expect(pair.a.transceivers.count == 1)
        #expect(sender.rids == ["foo", "bar"] && sender.scales == [2, 1])
        let sound = try await pair.b.addTrack(MediaStreamTrack(.audio))
        try await pair.b.setRemoteDescription(Foreign.offer(wanting("foo", "bar", kind: .audio)))
        #expect(sound.rids == [nil])
    }

    @Test(
        "SIM-05 an answer with fewer encodings leaves those; they keep their sizes",
        arguments: [(["h", "f"], [2.0, 1.0]), (["q", "h"], [4.0, 2.0]), (["h"], [2.0])])
    func narrowed(rids: [String], scales: [Double]) async throws {
        let sender = try await offering()
        #expect(sender.scales == [4, 2, 1])
        var section = wanting()
        section += rids.map { "a=rid:\($0) recv" } + ["a=simulcast:recv " + rids.joined(separator: ";")]
        try await pair.a.setRemoteDescription(answer(section))
        #expect(sender.rids == rids && sender.scales == scales)
    }

    @Test("SIM-05 a later offer with fewer leaves those, once the answer is set")
    func narrowedLater() async throws {
        let sender = try await pair.a.addTrack(MediaStreamTrack(.video))
        try await pair.a.setRemoteDescription(Foreign.offer(wanting("foo", "bar")))
        try await pair.a.setLocalDescription()
        try await pair.a.setRemoteDescription(Foreign.offer(wanting("bar")))
        #expect(sender.rids == ["foo", "bar"])
        try await pair.a.setLocalDescription()
        #expect(sender.rids == ["bar"] && sender.scales == [1])
    }

    @Test("SIM-07 a rollback brings back the encodings that there were, with what was said of them")
    func rollback() async throws {
        let sender = try await pair.a.addTrack(MediaStreamTrack(.video))
        var parameters = sender.getParameters()
        parameters.encodings[0].maxBitrate = 5000
        try sender.setParameters(parameters)
        try await pair.a.setRemoteDescription(Foreign.offer(wanting("foo", "bar")))
        #expect(sender.rids == ["foo", "bar"])
        try await pair.a.setRemoteDescription(rollback)
        #expect(sender.rids == [nil] && sender.getParameters().encodings[0].maxBitrate == 5000)
        try await pair.a.setRemoteDescription(Foreign.offer(wanting("foo", "bar")))
        try await pair.a.setLocalDescription()
        for next in [wanting("foo"), wanting("bar"), wanting()] {
            try await pair.a.setRemoteDescription(Foreign.offer(next))
            try await pair.a.setRemoteDescription(rollback)
            #expect(sender.rids == ["foo", "bar"] && sender.scales == [2, 1])
        }
    }

    @Test("SIM-08 the peer's order of the encodings is not ours")
    func order() async throws {
        let sender = try await offering()
        try await pair.a.setRemoteDescription(answer(wanting("f", "q", "h")))
        #expect(sender.rids == ["q", "h", "f"] && sender.scales == [4, 2, 1])
        try await pair.a.setLocalDescription()
        try await pair.a.setRemoteDescription(answer(wanting("h", "f", "q")))
        #expect(sender.rids == ["q", "h", "f"])
        try await pair.a.setRemoteDescription(Foreign.offer(wanting("f", "h", "q")))
        try await pair.a.setLocalDescription()
        #expect(sender.rids == ["q", "h", "f"] && sender.scales == [4, 2, 1])
    }

    @Test(
        "SIM-09 another direction, of either end, keeps the encodings", arguments: ["inactive", "recvonly", "sendrecv"])
    func directions(direction: String) async throws {
        let sender = try await offering()
        try await pair.a.setRemoteDescription(answer(wanting("q", "h", "f")))
        try pair.a.transceivers[0].setDirection(#require(TransceiverDirection(rawValue: direction)))
        try await pair.a.setLocalDescription()
        let theirs = ["inactive": "inactive", "recvonly": "sendonly"][direction] ?? "recvonly"
        let section = direction == "sendrecv" ? wanting("q", "h", "f") : wanting(direction: theirs)
        try await pair.a.setRemoteDescription(answer(section))
        #expect(sender.rids == ["q", "h", "f"])
        try await pair.a.setRemoteDescription(Foreign.offer(wanting(direction: "inactive")))
        try await pair.a.setLocalDescription()
        #expect(sender.rids == ["q", "h", "f"])
    }

    @Test("SIM-11 each encoding comes as a stream of its own, and the one that is not active stops alone")
    func streams() async throws {
        let track = MediaStreamTrack(.video)
        let options = TransceiverOptions(sendEncodings: [.init(rid: "h"), .init(rid: "l")])
        let (transceiver, received) = try await pair.receivingTrack {
            try await $0.addTransceiver(sending: track, options: options)
        }
        var frames = received.frames.makeAsyncIterator()
        func send(_ number: UInt8, on rids: String...) throws {
            for rid in rids {
                var frame = MediaFrame(
                    codec: "video/VP8", data: [0, number], timestamp: .milliseconds(33 * Int(number)))
                frame.streamID = rid
                try track.send(frame)
            }
        }
        try send(1, on: "h", "l")
        #expect(try await Set([#require(frames.next()).streamID, #require(frames.next()).streamID]) == ["h", "l"])
        let sources = await pair.b.getStats().inboundRTP.map(\.ssrc)
        #expect(Set(sources).count == 2)
        var parameters = transceiver.sender.getParameters()
        parameters.encodings[0].active = false
        try transceiver.sender.setParameters(parameters)
        for number in 2..<6 as Range<UInt8> {
            try send(number, on: "h", "l")
            let frame = try #require(await frames.next())
            #expect(frame.streamID == "l" && frame.data == [0, number])
        }
        #expect(await pair.a.getStats().outboundRTP.map(\.active) == [false, true])
        await pair.close()
    }
}

extension RTPSender {
    fileprivate var rids: [String?] { getParameters().encodings.map(\.rid) }
    fileprivate var scales: [Double?] { getParameters().encodings.map(\.scaleResolutionDownBy) }
}
