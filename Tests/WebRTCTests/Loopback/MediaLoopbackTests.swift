import JSEP
import TestSupport
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Media sections of connections", .timeLimit(.minutes(2)))
struct MediaLoopbackTests {
    @Test("sections for media alone bring up the transport; data channels join it later, and leave it again")
    func mediaFirst() async throws {
        let pair = try ConnectedPair()
        try await pair.a.addTransceiver(.audio)
        try await pair.negotiate()
        for await state in pair.a.connectionStates where state == .connected { break }
        for await state in pair.b.connectionStates where state == .connected { break }
        #expect(pair.a.sctp == nil && pair.b.sctp == nil)
        let incoming = pair.b.dataChannels
        let channel = try await pair.a.createDataChannel("late")
        try await pair.negotiate()
        try await channel.opened()
        for await other in incoming {
            try await channel.send("hello")
            #expect(try await other.receive() == .text("hello"))
            break
        }
        #expect(pair.a.sctp?.transport === pair.a.senders.first?.transport)
        await pair.close()
    }

    @Test("a stream is kept as long as it has a track")
    func streams() async throws {
        let pair = try ConnectedPair()
        let track = MediaStreamTrack(.video)
        let sender = try await pair.a.addTrack(track, streams: [MediaStream([track], id: "camera")])
        try await pair.negotiate()
        #expect(await pair.b.streams.keys.sorted() == ["camera"])
        try await pair.a.removeTrack(sender)
        try await pair.negotiate()
        #expect(await pair.b.streams.isEmpty)
        await pair.close()
    }

    @Test("an event tells of the peer's track, and of its end with the transceiver")
    func track() async throws {
        let pair = try ConnectedPair()
        let (events, track) = (pair.b.tracks, MediaStreamTrack(.video))
        let sender = try await pair.a.addTrack(track, streams: [MediaStream([track], id: "camera")])
        try await pair.negotiate()
        var received: TrackEvent?
        for await event in events {
            received = event
            break
        }
        let event = try #require(received)
        #expect(event.streams.map(\.id) == ["camera"] && event.streams[0].tracks.first === event.track)
        #expect(event.transceiver === pair.b.transceivers.first && event.track.isMuted)
        #expect(sender.transport != nil && event.receiver.transport != nil)
        try pair.a.transceivers[0].stop()
        try await pair.negotiate()
        #expect(pair.a.transceivers.isEmpty && pair.b.transceivers.isEmpty)
        #expect(event.transceiver.currentDirection == .stopped && event.track.readyState == .ended)
        #expect(event.streams[0].tracks.isEmpty)
        await pair.close()
    }

    @Test("a connection that is let go goes, with transceivers and all")
    func release() async throws {
        weak var gone: PeerConnection?
        var kept: RTPTransceiver?
        do {
            let connection = try PeerConnection(configuration: ConnectedPair.loopback)
            gone = connection
            kept = try await connection.addTransceiver(.audio)
            try await connection.setLocalDescription()
        }
        try await waitUntil { gone == nil }
        #expect(throws: WebRTCError.self) { try kept?.setDirection(.inactive) }
    }
}
