import ArgumentParser
import BrowserServer
import Foundation
import MediaIO
import WebRTC

/// Records the camera and the microphone of each browser that comes to a file of its own:
///
///     swift run record recordings --loopback        # and open http://127.0.0.1:8080/
@main
struct Record: AsyncParsableCommand {
    @Argument(help: "The folder that recordings go to.")
    var folder: String
    @OptionGroup var server: BrowserServer

    func run() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await server.run(BrowserPage(sends: [.audio, .video])) { [folder] connection in
            let recorder = try MediaRecorder(path: "\(folder)/\(UUID().uuidString).mkv")
            let tracks = connection.tracks
            Task {
                for await event in tracks { try await recorder.add(event.track) }
                // The connection has ended.
                let report = try await recorder.stop()
                print("recorded \(report.frames) frames: \(report.files.joined(separator: ", "))")
                fflush(nil)
            }
        }
    }
}
