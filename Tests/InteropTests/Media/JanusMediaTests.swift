import Foundation
import JSEP
import TestSupport
import Testing
import WebRTC

@Suite(
    "Media with Janus", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: InteropPrograms.hasJanus, "janus is not installed"),
    .needsFFmpeg, .janus)
struct JanusMediaTests {
    private func attach(_ plugin: String) async throws -> JanusHandle {
        try await #require(JanusTrait.current).attach(to: plugin)
    }

    /// Our end with a picture that counts itself and a tone, which both play until the players stop.
    private func sender(_ codec: TestCodec) async throws -> (peer: LocalPeer, players: [FramePlayer]) {
        async let pictures = CountingStream(codec, seconds: 4)
        async let sounds = ToneStream(seconds: 4)
        let (picture, tone) = try await (pictures, sounds)
        let peer = try LocalPeer()
        let (video, audio) = (MediaStreamTrack(.video), MediaStreamTrack(.audio))
        let stream = MediaStream([video, audio])
        for track in [video, audio] { try await peer.connection.addTrack(track, streams: [stream]) }
        return (peer, [picture.play(on: video), tone.play(on: audio)])
    }

    /// Offers what `peer` has with a request, and is connected once this returns.
    private func offer(_ peer: LocalPeer, to handle: JanusHandle, _ request: JSONValue) async throws {
        let answer = try await handle.ask(request, peer.describeLocally(complete: true)).description
        try await peer.setRemoteDescription(#require(answer))
        try await peer.log.expect(.state("connected"))
    }

    /// Answers what Janus offers in reply to a request, with another.
    private func answer(
        _ handle: JanusHandle, _ request: JSONValue, with start: JSONValue
    ) async throws -> (peer: LocalPeer, events: EventSequence<TrackEvent>) {
        let peer = try LocalPeer()
        let events = peer.connection.tracks
        let offer = try await handle.ask(request).description
        try await peer.setRemoteDescription(#require(offer))
        try await handle.ask(start, peer.describeLocally(complete: true))
        try await peer.log.expect(.state("connected"))
        return (peer, events)
    }

    @Test("the echo test gives back our picture and our tone", arguments: TestCodec.allCases)
    func echo(codec: TestCodec) async throws {
        let handle = try await attach("echotest")
        let (peer, players) = try await sender(codec)
        defer { for player in players { player.stop() } }
        let events = peer.connection.tracks
        let name = codec.description.lowercased()
        try await offer(peer, to: handle, ["audio": true, "video": true, "videocodec": .string(name)])
        try await MediaScenarios.expectMedia(in: events, codec)
        try await peer.close()
    }

    @Test("who subscribes to a room sees and hears who publishes there")
    func videoRoom() async throws {
        let codec = TestCodec.vp8
        let publisher = try await attach("videoroom")
        let created = try await publisher.ask(["request": "create", "videocodec": "vp8", "audiocodec": "opus"])
        let room = created.data["room"]
        let joined = try await publisher.ask(["request": "join", "ptype": "publisher", "room": room])
        let feed = joined.data["id"]
        let (peer, players) = try await sender(codec)
        defer { for player in players { player.stop() } }
        try await offer(peer, to: publisher, ["request": "publish"])
        let subscriber = try await attach("videoroom")
        let (viewer, events) = try await answer(
            subscriber,
            ["request": "join", "ptype": "subscriber", "room": room, "streams": [["feed": feed]]],
            with: ["request": "start"])
        try await MediaScenarios.expectMedia(in: events, codec)
        for end in [viewer, peer] { try await end.close() }
    }

    @Test("what was recorded there is played to us")
    func recordAndPlay() async throws {
        let recording = try await attach("recordplay")
        let (peer, players) = try await sender(.vp8)
        defer { for player in players { player.stop() } }
        try await offer(peer, to: recording, ["request": "record", "name": "counting", "videocodec": "vp8"])
        await players[0].plays(120)
        try await recording.ask(["request": "stop"])
        try await peer.close()
        let playing = try await attach("recordplay")
        let list = try await playing.ask(["request": "list"]).data["list"].array
        let (viewer, events) = try await answer(
            playing, ["request": "play", "id": #require(list.first)["id"]], with: ["request": "start"])
        try await MediaScenarios.expectMedia(in: events, .vp8)
        try await viewer.close()
    }
}
