import ArgumentParser
import BrowserServer
import JSEP
import Streaming
import WebRTC

/// Shows the camera of one browser to many:
///
///     swift run broadcast --loopback    # open http://127.0.0.1:8080/camera, and
///     http://127.0.0.1:8080/ to watch
///
/// Whoever opens `/camera` last is seen. Each who watches gets the size that can be sent to them.
@main
struct Broadcast: AsyncParsableCommand {
    @OptionGroup var server: BrowserServer

    func run() async throws {
        let audio = AudioBroadcaster()
        let video = VideoBroadcaster(inStepWith: audio)
        let pages = [
            "/": BrowserPage(receives: [.audio, .video]),
            "/camera": BrowserPage(sends: [.audio, .video], sendsSizes: true),
        ]
        try await server.run(pages) { connection, path in
            if path == "/camera" {
                let tracks = connection.tracks
                Task {
                    for await event in tracks {
                        if event.track.kind == .video {
                            try video.setSource(event.track)
                        } else {
                            try audio.setSource(event.track)
                        }
                    }
                }
            } else {
                let watcher = Watcher(connection)
                let stream = [MediaStream()]
                try await watcher.hear(audio, streams: stream)
                try await watcher.watch(video, streams: stream)
                Task {
                    _ = await connection.ended(ifNotConnectedWithin: .seconds(30))
                    await watcher.stop()
                }
            }
        }
    }
}
