import AsyncQueues
import ICE
import JSEP
import RTP
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("What a description asks for, put into force", .timeLimit(.minutes(2)))
struct PlanTests {
    @Test("a transport that cannot be made leaves the others, the descriptions and the data as they were")
    func halfWay() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        // A restart of the transport in use, and a section with a transport of its own.
        try await pair.a.addTransceiver(.audio)
        let offer = try await pair.a.createOffer(OfferOptions(iceRestart: true))
        let alone = offer.sdp.replacing("a=group:BUNDLE 0 1", with: "a=group:BUNDLE 0")
        #expect(alone != offer.sdp)
        try await pair.b.setRemoteDescription(SessionDescription(type: .offer, sdp: alone))
        let before = await pair.b.seen
        await pair.b.setExternalAddresses(["no address"])
        let error = await #expect(throws: WebRTCError.self) { try await pair.b.setLocalDescription() }
        #expect(error?.code == .operation)
        #expect(await pair.b.seen == before)
        #expect(before.signaling == .haveRemoteOffer && before.transports.count == 1)
        try await a.send("still")
        #expect(try await b.receive() == .text("still"))
        // Once it can be made the same call does it, and the restart is announced.
        await pair.b.setExternalAddresses([])
        try await pair.b.setLocalDescription()
        let after = await pair.b.seen
        #expect(after.signaling == .stable && after.transports.count == 2 && after.local != nil)
        #expect(after.transports.first != before.transports.first)
        await pair.close()
    }

    @Test("arrivals are told where the feedback was agreed on, and not for the sake of the header extension alone")
    func feedback() async throws {
        for isAgreed in [true, false] {
            let (one, other) = try (PeerConnection(), PeerConnection())
            try await one.addTransceiver(.video)
            try await one.setLocalDescription()
            let uri = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
            // By source they would be told without it.
            let offered = try #require(one.localDescription).sdp.replacing("a=rtcp-fb:* ack ccfb\r\n", with: "")
            var sdp = offered + "a=extmap:8 \(uri)\r\n"
            if !isAgreed {
                let lines = sdp.split(separator: "\r\n").filter { !$0.hasSuffix("transport-cc") }
                sdp = lines.joined(separator: "\r\n") + "\r\n"
            }
            let answer = try await other.answer(to: SessionDescription(type: .offer, sdp: sdp))
            #expect(answer.sdp.contains("transport-wide-cc"))
            #expect(await other.tellsArrivals("0") == isAgreed)
            for connection in [one, other] {
                connection.close()
                await connection.closed()
            }
        }
    }

    @Test("whoever hears of a signaling state sees what the description has done to tracks and streams")
    func visible() async throws {
        for _ in 0..<20 {
            let pair = try ConnectedPair()
            let (track, tracks) = (MediaStreamTrack(.audio), pair.b.tracks)
            try await pair.a.addTrack(track, streams: [MediaStream([track], id: "voice")])
            try await pair.negotiate()
            var heard: TrackEvent?
            for await event in tracks {
                heard = event
                break
            }
            let event = try #require(heard)
            let listener = Task { [states = pair.b.signalingStates] in
                var seen: [Bool] = []
                var hasOffer = false
                for await state in states {
                    if state == .haveRemoteOffer { hasOffer = true }
                    if hasOffer, state == .haveRemoteOffer {
                        seen.append(event.streams[0].tracks.isEmpty && event.track.readyState == .ended)
                    }
                    if hasOffer, state == .stable { break }
                }
                return seen
            }
            try pair.a.transceivers[0].stop()
            try await pair.negotiate()
            #expect(await listener.value == [true])
            await pair.close()
        }
    }

    @Test("taking back our offer for the peer's is told as a step of its own, before what the offer brings")
    func rollback() async throws {
        let pair = try ConnectedPair()
        let states = pair.a.signalingStates
        try await pair.a.addTransceiver(.audio)
        try await pair.b.addTransceiver(.video)
        try await pair.a.setLocalDescription()
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(try #require(pair.b.localDescription))
        await pair.close()
        let seen = await states.reduce(into: []) { $0.append($1) }
        #expect(seen == [.stable, .haveLocalOffer, .stable, .haveRemoteOffer, .closed])
    }

    @Test("a peer that may explain why it has left has not gone before its time for that is over")
    func explaining() async throws {
        let pair = try ConnectedPair()
        let incoming = pair.b.dataChannels
        let departures = pair.b.snapshot.departures.subscribe()
        // Another section speaks for the transport, and the peer writes as Chromium does.
        try await pair.a.addTransceiver(.audio)
        let channel = try await pair.a.createDataChannel("data")
        let offer = try await pair.a.createOffer()
        let marked = offer.sdp.replacing("t=0 0\r\n", with: "t=0 0\r\na=msid-semantic: WMS\r\n")
        #expect(marked != offer.sdp)
        try await pair.b.setRemoteDescription(SessionDescription(type: .offer, sdp: marked))
        try await pair.a.setLocalDescription(offer)
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(try #require(pair.b.localDescription))
        try await channel.opened()
        var iterator = incoming.makeAsyncIterator()
        let other = try #require(await iterator.next())
        pair.a.close()
        var seen: [Bool] = []
        while let hasLeft = await departures.next() {
            seen.append(hasLeft)
            guard hasLeft else { continue }
            // What has been said until here, and no more.
            await other.closed()
            pair.b.close()
        }
        #expect(seen == [false, true])
        await pair.close()
    }
}

extension PeerConnection {
    /// What a description may change.
    fileprivate struct Seen: Sendable, Equatable {
        let signaling: SignalingState
        let local: String?
        let remote: String?
        let transports: [ICECredentials]
        let isMarked: [Bool]
    }

    fileprivate var seen: Seen {
        Seen(
            signaling: signalingState, local: pendingLocalDescription?.sdp ?? currentLocalDescription?.sdp,
            remote: remoteDescription?.sdp, transports: transports.map(\.localCredentials),
            isMarked: transports.map(\.hasLostTag))
    }

    /// Behind the back of the check: no agent can be made with what is no address.
    fileprivate func setExternalAddresses(_ addresses: [ExternalAddress]) {
        configuration.ice.externalAddresses = addresses
    }
}

extension PeerConnection {
    fileprivate func tellsArrivals(_ mid: String) -> Bool? {
        transports.first?.media?.rtp?.sections[mid].map { $0.receivedExtensions.transportSequenceNumber != 0 }
    }
}
