import Foundation
import TestSupport
import Testing

extension RealTime {
    @Suite("A recorder that is killed", .needsFFmpeg, .timeLimit(.minutes(2)))
    struct KilledRecorderTests {
        @Test("leaves a file that plays up to about a second before that", arguments: ["webm", "mkv", "mp4"])
        func killed(suffix: String) async throws {
            let folder = try TestFolder()
            let codec = suffix == "mp4" ? "libvpx-vp9 -cpu-used 8" : "libvpx"
            let source = try await FFmpeg.make(
                "a.webm", "-c:v \(codec) -g 25 -deadline realtime -c:a libopus", in: folder)
            let path = folder.path("out.\(suffix)")
            let program = try LineProcess("recordprobe", LineProcess.product("recordprobe"), [source, path])
            var (count, place) = (0, 0)
            while count < 100 {
                let line = try await program.line("pictures", from: place)
                place = line.next
                count = Int(line.text) ?? 0
            }
            program.send(signal: SIGKILL)
            _ = await program.end()
            let said = program.lines.compactMap { Int($0.split(separator: " ").last ?? "") }.max() ?? 0
            let pictures = try await FFmpeg.times(of: path, stream: "v:0")
            let sound = try await FFmpeg.times(of: path, stream: "a:0")
            #expect(pictures.count > said - 30 && pictures.count <= said + 10, "\(pictures.count) of \(said)")
            #expect(abs((pictures.last ?? 0) - (sound.last ?? 0)) < 0.6)
            let decoded = try await FFmpeg.decodedCount(of: path, stream: "v:0")
            #expect(decoded >= pictures.count - 1)
        }
    }
}
