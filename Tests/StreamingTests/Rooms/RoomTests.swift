import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@testable import Streaming

@Suite("A room", .timeLimit(.minutes(2)))
struct RoomTests {
    /// Somebody who sends a picture and a sound, and negotiates whatever comes.
    private final class Guest: Sendable {
        let name: String
        let camera = MediaStreamTrack(.video)
        let theirs: PeerConnection
        let ours: PeerConnection
        let tracks: EventSequence<TrackEvent>
        private let negotiators: [PerfectNegotiator]

        /// - Parameters:
        ///   - more: how many tracks it announces beside its two, of which nothing comes.
        ///   - isSilent: whether nothing comes of its two either.
        init(_ name: String, in room: Room, more: Int = 0, isSilent: Bool = false) async throws {
            self.name = name
            theirs = try PeerConnection(configuration: ConnectedPair.loopback)
            ours = try PeerConnection(configuration: ConnectedPair.loopback)
            tracks = theirs.tracks
            try await room.join(ours, as: name)
            let (here, there) = MemorySignaling.pair()
            let microphone = MediaStreamTrack(.audio)
            try await theirs.addTrack(microphone, streams: [MediaStream(id: "own")])
            try await theirs.addTrack(camera, streams: [MediaStream(id: "own")])
            for _ in 0..<more { try await theirs.addTrack(MediaStreamTrack(.video)) }
            negotiators = [
                PerfectNegotiator(ours, over: here, polite: true),
                PerfectNegotiator(theirs, over: there, polite: false),
            ]
            for end in [theirs, ours] { try await end.connected() }
            if isSilent { return }
            try microphone.send(MediaFrame(codec: "audio/opus", data: [0xFC, 1], timestamp: .zero))
            try sendPicture(0)
        }

        /// VP8, as far as anybody looks.
        func sendPicture(_ number: Int) throws {
            try camera.send(
                MediaFrame(
                    codec: "video/VP8", data: [0, UInt8(truncatingIfNeeded: number)], timestamp: .seconds(number),
                    isKeyFrame: true))
        }

        /// The first tracks that come, by whose they are.
        func received(_ count: Int) async -> [String: MediaStreamTrack] {
            var found: [String: MediaStreamTrack] = [:]
            for await event in tracks {
                found["\(event.track.kind) of \(event.streams.first?.id ?? "nobody")"] = event.track
                if found.count == count { break }
            }
            return found
        }

        func close() async {
            for connection in [ours, theirs] { connection.close() }
            for connection in [ours, theirs] { await connection.closed() }
        }
    }

    private static func names(_ guests: String...) -> [String] {
        guests.flatMap { ["audio of \($0)", "video of \($0)"] }.sorted()
    }

    @Test("all get what the others send, named by whom, whenever they come")
    func exchange() async throws {
        let room = Room()
        let anna = try await Guest("anna", in: room)
        let bert = try await Guest("bert", in: room)
        #expect(await anna.received(2).keys.sorted() == Self.names("bert"))
        let first = await bert.received(2)
        #expect(first.keys.sorted() == Self.names("anna"))
        let carl = try await Guest("carl", in: room)
        let late = await carl.received(4)
        #expect(late.keys.sorted() == Self.names("anna", "bert"))
        #expect(await anna.received(2).keys.sorted() == Self.names("carl"))
        #expect(await room.names == ["anna", "bert", "carl"])
        // The picture of one is seen by the others.
        let requests = anna.camera.keyFrameRequests
        let sending = Task {
            var number = 0
            for await _ in requests {
                number += 1
                try anna.sendPicture(number)
            }
        }
        let pictures = try [first, late].map { try #require($0["video of anna"]).frames }
        try anna.sendPicture(100)
        for seen in pictures { #expect(await seen.first { _ in true }?.isKeyFrame == true) }
        sending.cancel()
        for guest in [anna, bert, carl] { await guest.close() }
    }

    @Test("who leaves, or whose connection is closed, is gone for the others")
    func leaving() async throws {
        let room = Room()
        let anna = try await Guest("anna", in: room)
        let bert = try await Guest("bert", in: room)
        let carl = try await Guest("carl", in: room)
        let seen = await anna.received(4)
        _ = await bert.received(4)
        await room.leave("bert")
        for (name, track) in seen where name.hasSuffix("bert") {
            for await _ in track.muteChanges {}
            #expect(track.readyState == .ended, "\(name)")
        }
        carl.ours.close()
        for (name, track) in seen where name.hasSuffix("carl") {
            for await _ in track.muteChanges {}
            #expect(track.readyState == .ended, "\(name)")
        }
        #expect(await room.names == ["anna"])
        // It can come again, under its name.
        let again = try await Guest("bert", in: room)
        #expect(await again.received(2).keys.sorted() == Self.names("anna"))
        #expect(await anna.received(2).keys.sorted() == Self.names("bert"))
        for guest in [anna, bert, carl, again] { await guest.close() }
    }

    @Test("what is only announced costs the others nothing, and of many tracks some are sent on")
    func announced() async throws {
        let room = Room(.init(tracks: 1))
        let anna = try await Guest("anna", in: room, isSilent: true)
        let bert = try await Guest("bert", in: room, more: 20)
        // The first one that was announced.
        #expect(await anna.received(1).keys.sorted() == ["audio of bert"])
        #expect(anna.ours.transceivers.count { $0.direction == .sendonly } == 1)
        #expect(bert.ours.transceivers.allSatisfy { $0.direction != .sendonly })
        #expect(bert.ours.transceivers.count == 22)
        for guest in [anna, bert] { await guest.close() }
    }

    @Test("names are words, each once, and there are no more than may be; after its end nobody comes in")
    func refused() async throws {
        let room = Room(.init(participants: 1))
        func join(_ name: String) async -> StreamingError? {
            do {
                try await room.join(PeerConnection(configuration: ConnectedPair.loopback), as: name)
                return nil
            } catch {
                return error as? StreamingError
            }
        }
        #expect(await join("two words") == .name("two words"))
        #expect(await join("") == .name(""))
        #expect(await join("-") == .name("-"), "it means that there is no stream")
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        try await room.join(connection, as: "anna")
        #expect(await join("anna") == .nameInUse("anna"))
        #expect(await join("bert") == .tooManyWatchers(maximum: 1))
        await room.stop()
        #expect(await join("anna") == .stopped)
        #expect(await room.names.isEmpty)
        #expect(await room.speakers.first { _ in true } == nil)
        connection.close()
    }
}
