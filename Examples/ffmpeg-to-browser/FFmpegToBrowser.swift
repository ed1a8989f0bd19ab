import ArgumentParser
import BrowserServer
import Logging
import MediaIO
import WebRTC

/// Shows what ffmpeg sends to browsers:
///
///     ffmpeg -re -f lavfi -i testsrc2=s=640x360:r=30 -c:v libvpx -deadline realtime -g 60 \
///         -f rtp -sdp_file film.sdp "rtp://127.0.0.1:5004?pkt_size=1100" &
///     swift run ffmpeg-to-browser film.sdp --loopback    # and open http://127.0.0.1:8080/
@main
struct FFmpegToBrowser: AsyncParsableCommand {
    @Argument(help: "The session description that ffmpeg has written (-sdp_file).")
    var sdp: String
    @OptionGroup var server: BrowserServer

    func run() async throws {
        let source = try RTPSource(sdpFile: sdp, logger: Logger(label: "ffmpeg"))
        try await source.start()
        try await server.run(BrowserPage(receives: [.audio, .video])) { connection in
            let stream = MediaStream(source.tracks)
            for track in source.tracks { try await connection.addTrack(track, streams: [stream]) }
        }
    }
}
