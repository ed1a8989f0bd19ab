import Foundation
import JSEP
import MediaIO
import WebRTC
import WebRTCTestSupport

/// Plays a file through two connections of its own into a recording, until it is killed. Says how many frames have been
/// recorded:
///
///     recordprobe film.webm recording.webm
@main
struct RecordProbe {
    static func main() async throws {
        let player = try MediaPlayer(path: CommandLine.arguments[1], loops: true)
        let recorder = try MediaRecorder(path: CommandLine.arguments[2])
        let pair = try ConnectedPair()
        let events = pair.b.tracks
        for track in player.tracks { try await pair.a.addTrack(track, streams: [MediaStream(player.tracks)]) }
        try await pair.negotiate()
        var tracks: [MediaStreamTrack] = []
        for await event in events {
            tracks.append(event.track)
            if tracks.count == player.tracks.count { break }
        }
        try await pair.a.connected()
        try await pair.b.connected()
        for track in tracks { try await recorder.add(track) }
        guard let pictures = tracks.first(where: { $0.kind == .video })?.frames else { return }
        await player.play()
        var count = 0
        for await _ in pictures {
            count += 1
            FileHandle.standardOutput.write(Data("pictures \(count)\n".utf8))
        }
    }
}
