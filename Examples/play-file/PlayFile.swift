import ArgumentParser
import BrowserServer
import MediaIO
import WebRTC

/// Plays a file to browsers, all of which see the same moment of it:
///
///     ffmpeg -i film.mp4 -c:v libvpx -g 60 -deadline realtime -c:a libopus film.webm
///     swift run play-file film.webm --loopback      # and open http://127.0.0.1:8080/
@main
struct PlayFile: AsyncParsableCommand {
    @Argument(help: "A file: .webm, .mkv, .ivf, .ogg or .opus.")
    var file: String
    @OptionGroup var server: BrowserServer

    func run() async throws {
        let player = try MediaPlayer(path: file, loops: true)
        await player.play()
        try await server.run(BrowserPage(receives: [.audio, .video])) { connection in
            // Whoever comes in the middle gets the pictures since the last key frame at once.
            let stream = MediaStream(player.tracks)
            for track in player.tracks { try await connection.addTrack(track, streams: [stream]) }
        }
    }
}
