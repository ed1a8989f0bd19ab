import ArgumentParser
import Foundation
import Gateway
import ICE
import MediaIO
import Streaming
import WebRTC

/// A streamer that is a program of its own: the server starts it, passes its watchers' messages on,
/// and begins it again where it ends badly. It shows a film, and writes what the watchers press to
/// standard error.
///
///     meshchat serve --stream-program "film=streamer:.build/debug/streamer film.webm"
///     curl localhost:3010/api/streamers -d \
///         '{"streamer_id": "film", "settings": {"source": {"type": "program", "name": "film"}}}'
@main
struct StreamerProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "streamer")

    @Argument(help: "The film: .webm, .mkv, .ivf.")
    var film: String
    @Flag(help: "Use loopback addresses, for watchers on this machine.")
    var loopback = false

    func run() async throws {
        var connection = PeerConnection.Configuration()
        connection.ice.includesLoopback = loopback
        try await StreamerChild.run(connection: connection) { [film] _ in
            let player = try MediaPlayer(path: film, loops: true)
            let source = StreamSource(tracks: player.tracks) {
                await player.play()
                try await player.ended()
            }
            return HostedSource(
                source,
                input: { event in
                    FileHandle.standardError.write(Data("pressed: \(InputMessage(event).serialized())\n".utf8))
                })
        }
    }
}
