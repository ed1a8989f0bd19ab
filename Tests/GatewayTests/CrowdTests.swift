import Foundation
import MediaIO
import Streaming
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// Many who watch at once, which takes all processors: nothing runs beside it.
@Suite("a stream with many watchers", .timeLimit(.minutes(4)))
struct CrowdTests {
    @Test(
        "fifty watch in two pages: one page stands still and is killed, the others miss nothing, its keys are released",
        .needsPrograms("chromium", "chromedriver"), .needsFFmpeg)
    func fifty() async throws {
        let folder = try TestFolder()
        let path = folder.path("input")
        try Data().write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let pressed = PressedKeys(file)
        var streams = StreamSettings()
        streams.sources["bars"] = { request in
            let picture = try TestPicture(request.settings).command("ffmpeg")
            let program = ProgramSource(command: picture)
            return HostedSource(
                StreamSource(tracks: program.tracks) { try await program.run() }, input: { pressed.note($0) })
        }
        var configuration = GatewayConfiguration()
        configuration.streams = streams
        try await TestGateway.run(configuration) { server in
            let settings = #"{"source":"bars","width":320,"height":180,"fps":15,"bitrate":200000}"#
            let made = try await server.post(
                "/api/streamers",
                #"{"streamer_id":"crowd","client_unique_id":"desk","host_id":1,"app_id":1,"settings":\#(settings)}"#)
            #expect(made.status == 201, "\(made.text)")
            try await PageScripts.run("crowd.py", [server.base, "--stream", "crowd", "--input", path])
        }
    }
}

/// What the source is told, with the time, one JSON object a line.
private final class PressedKeys: Sendable {
    private let file: Mutex<FileHandle>

    init(_ file: FileHandle) { self.file = Mutex(file) }

    func note(_ event: InputEvent) {
        guard case .key(let key) = event else { return }
        let line = #"{"at":\#(Date().timeIntervalSince1970),"code":"\#(key.code)","down":\#(key.down)}"# + "\n"
        file.withLock { try? $0.write(contentsOf: Data(line.utf8)) }
    }
}
