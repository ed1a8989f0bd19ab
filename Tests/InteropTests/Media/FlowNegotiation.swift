import JSEP
import Testing
import WebRTC

/// A negotiation while pictures flow both ways: after each step they have to go on at both ends.
final class FlowNegotiation: Sendable {
    private let test: NegotiatedCase
    private let stream: CountingStream

    init(_ test: NegotiatedCase) async throws {
        self.test = test
        stream = try await CountingStream(.vp8, seconds: 10, keyFrameDistance: 60)
    }

    /// A track that plays from its beginning on.
    func makeTrack() -> (track: MediaStreamTrack, player: FramePlayer) {
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        return (track, stream.play(on: track))
    }

    /// Waits until both ends agree on `sections`, and both have another picture, and one after that.
    func goesOn(_ sections: Int, _ step: String) async throws {
        _ = try await test.settle(media: sections, step)
        do {
            async let there = test.theirs.perform("pictureChanges", ["count": 5])
            let numbers = try await numbersHere()
            // A browser whose picture is another one begins to count again.
            #expect(numbers.count == 10 && Set(numbers).count > 5, "\(step): \(numbers)")
            _ = try await there
        } catch {
            throw InteropError("\(step): \(error)")
        }
    }

    /// The numbers in the next pictures that come to us, on whatever track.
    private func numbersHere() async throws -> [Int] {
        let tracks = test.ours.connection.transceivers
            .filter { $0.kind == .video && $0.currentDirection?.receives == true }.map(\.receiver.track)
        let frames = await withTaskGroup { group in
            for track in tracks {
                group.addTask {
                    var frames: [MediaFrame] = []
                    for await frame in track.frames where frame.isKeyFrame || !frames.isEmpty {
                        frames.append(frame)
                        if frames.count == 10 { break }
                    }
                    return frames
                }
            }
            defer { group.cancelAll() }
            return await group.first { $0.count == 10 } ?? []
        }
        guard !frames.isEmpty else { throw InteropError("no pictures come to us") }
        return try await CountingStream.numbers(in: frames, .vp8)
    }
}
